"""AWS ECR with a fake of its API that checks each signature, and with moto."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import pytest

from registries.errors import (
    AccessDenied,
    AddressBlocked,
    AuthenticationFailed,
    CatalogForbidden,
    MalformedResponse,
    NotARegistry,
    NotFound,
    RateLimited,
    RegistryError,
    UnexpectedStatus,
)
from registries.oci.reference import Reference
from registries.providers import PROVIDERS, detect
from registries.providers.ecr import session
from registries.providers.ecr.location import Location
from registries.providers.shared.base import RegistryClient, Tag
from registries.transport.endpoint import Credential
from registries.transport.origin import Origin
from registries.transport.policy import AddressPolicy
from tests.fakes.endpoints import CANARY, endpoint
from tests.fakes.http_server import Request, fake_server
from tests.fakes.replies import answer
from tests.fakes.vendors.ecr import (
    ACCOUNT,
    ECR,
    OCI_MANIFEST,
    REGION,
    aws_answer,
    aws_error,
    sts_error,
)
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.vendor import Image

HELM = "application/vnd.cncf.helm.config.v1+json"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"


@pytest.fixture
def ecr() -> Iterator[ECR]:
    with ECR.serve() as fake:
        yield fake


def tags_of(client: RegistryClient, repository: str = "team/app") -> dict[str, Tag]:
    parts = list(client.tags([repository]))
    assert parts[-1].complete
    return {tag.name: tag for part in parts for tag in part.tags}


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def connect(ecr: ECR, **values: Any) -> RegistryClient:
    options = ecr.options | values.pop("options", {})
    return ecr.connect(options=options, **values)


# Listings


def test_each_tag_of_a_digest_is_listed(ecr: ECR) -> None:
    ecr.content["team/app"] = {"v1": Image(digest(1)), "latest": Image(digest(1))}
    with closing(ecr.connect()) as client:
        assert {name: tag.digest for name, tag in tags_of(client).items()} == {
            "v1": digest(1),
            "latest": digest(1),
        }


def test_details_in_the_listing_are_read(ecr: ECR) -> None:
    ecr.content["team/app"] = {"v1": Image(digest(1), size=77), "chart": Image(digest(2))}
    ecr.artifacts[digest(2)] = HELM
    with closing(ecr.connect()) as client:
        tags = tags_of(client)
    assert tags["v1"].media_type == OCI_MANIFEST
    assert tags["v1"].details.size == 77
    assert tags["v1"].details.pushed_at == datetime(2023, 11, 14, 22, 13, 20, 250000, UTC)
    assert tags["v1"].details.artifact_type == ""
    assert tags["chart"].details.artifact_type == HELM


@pytest.mark.parametrize("knows_status", [True, False])
def test_archived_images_are_requested_if_supported(ecr: ECR, knows_status: bool) -> None:
    ecr.fill(2, 2)
    ecr.archived.add(("team/app", "v0"))
    ecr.knows_status = knows_status
    with closing(ecr.connect()) as client:
        assert ("v0" in tags_of(client)) is knows_status
        assert set(tags_of(client, "team/app-1")) == {"v0", "v1"}
        (answer,) = client.resolve([Reference("team/app", "v0")])
    assert (answer.digest is not None) is knows_status
    assert answer.doubtful is not knows_status
    # The refused request is not sent again.
    refused = [one for _, one in ecr.asked if one.get("filter", {}).get("imageStatus")]
    assert len(refused) == (3 if knows_status else 2)


def test_a_thousand_digests_cost_one_request(ecr: ECR) -> None:
    ecr.fill(20, 30)
    with closing(ecr.connect()) as client:
        assert sum(len(part.tags) for part in client.tags(client.repositories())) == 600
        assert client.traffic.requests == 1 + 20
    assert {one.get("maxResults") for _, one in ecr.asked} == {1000}


def test_a_hundred_tags_are_resolved_at_a_time(ecr: ECR) -> None:
    ecr.fill(1, 250)
    wanted = [Reference("team/app", f"v{number}") for number in range(250)]
    with closing(ecr.connect()) as client:
        answers = list(client.resolve(wanted))
    assert {answer.reference: answer.digest for answer in answers} == {
        reference: digest(number + 1) for number, reference in enumerate(wanted)
    }
    assert len(ecr.asked) == 3


def test_a_deleted_tag_does_not_hide_the_others(ecr: ECR) -> None:
    ecr.fill(1, 2)
    wanted = [Reference("team/app", tag) for tag in ("v0", "gone", "v1")]
    with closing(ecr.connect()) as client:
        answers = {one.reference.tag: one for one in client.resolve(wanted)}
    assert (answers["v0"].digest, answers["v1"].digest) == (digest(1), digest(2))
    assert [tag for tag, one in answers.items() if one.absent] == ["gone"]


def test_all_tags_of_a_deleted_repository_are_absent_after_one_request(ecr: ECR) -> None:
    wanted = [Reference("team/gone", f"v{number}") for number in range(50)]
    with closing(ecr.connect()) as client:
        assert all(answer.absent for answer in client.resolve(wanted))
    assert len(ecr.asked) == 1


def test_a_denied_tag_is_not_absent(ecr: ECR) -> None:
    ecr.fill(2, 1)
    ecr.faults.add(Fault.REPOSITORY_DENIED)
    wanted = [Reference("team/app", "v0"), Reference("team/app-1", "v0")]
    with closing(ecr.connect()) as client:
        answers = {one.reference.repository: one for one in client.resolve(wanted)}
    assert isinstance(answers["team/app"].error, AccessDenied)
    assert not answers["team/app"].absent
    assert answers["team/app-1"].digest


@pytest.mark.parametrize("token", [["a"], {"a": 1}, 7])
def test_an_unusable_next_token_is_a_registry_error(ecr: ECR, token: Any) -> None:
    strange = {"repositories": [{"repositoryName": "team/app"}], "nextToken": token}
    ecr.server.routes["/"] = aws_answer(strange)
    with closing(ecr.connect()) as client, pytest.raises(MalformedResponse):
        list(client.repositories())


def test_an_impossible_timestamp_is_unknown(ecr: ECR) -> None:
    row = {"imageDigest": digest(1), "imageTags": ["v1"], "imagePushedAt": -62135596800}
    ecr.server.routes["/"] = aws_answer({"imageDetails": [row]})
    with closing(ecr.connect()) as client:
        assert tags_of(client)["v1"].details.pushed_at is None


def test_names_outside_the_grammar_are_reported_and_not_read(ecr: ECR) -> None:
    ecr.content = {"Bad Name": {}, "good": {"v1": Image(digest(1)), "-bad": Image(digest(1))}}
    with closing(ecr.connect()) as client:
        assert list(client.repositories()) == ["good"]
        assert client.rejected_repositories == ("Bad Name",)
        parts = list(client.tags(["good"]))
    assert [name for part in parts for name in part.rejected] == ["-bad"]


# Refusals


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("UnrecognizedClientException", AuthenticationFailed),
        ("InvalidSignatureException", AuthenticationFailed),
        ("SignatureDoesNotMatch", AuthenticationFailed),
        ("ExpiredTokenException", AuthenticationFailed),
        ("AccessDeniedException", CatalogForbidden),
        ("ServerException", UnexpectedStatus),
        ("InvalidParameterException", UnexpectedStatus),
        ("ThrottlingException", RateLimited),
        ("TooManyRequestsException", RateLimited),
    ],
)
def test_aws_error_codes_are_mapped(ecr: ECR, code: str, expected: type[RegistryError]) -> None:
    ecr.server.routes["*"] = aws_error(code, "in its own words")
    with closing(ecr.connect(retry_after_seconds=0)) as client, pytest.raises(expected) as caught:
        list(client.repositories())
    if expected is not RateLimited:
        assert "in its own words" in str(caught.value)
        assert caught.value.status == 400


def test_a_denial_is_reported_in_full(ecr: ECR) -> None:
    ecr.faults.add(Fault.CATALOG_DENIED)
    with closing(ecr.connect()) as client:
        client.ping()
        with pytest.raises(CatalogForbidden, match="identity-based policy allows the ecr:Describe"):
            list(client.repositories())


def test_botocore_does_not_retry(ecr: ECR) -> None:
    ecr.server.routes["*"] = answer(503)
    with closing(ecr.connect()) as client, pytest.raises(UnexpectedStatus):
        client.ping()
    assert len(ecr.server.requests) == 1


def test_a_throttled_request_waits_as_long_as_requested(ecr: ECR) -> None:
    ecr.fill(1, 1)
    ecr.faults.add(Fault.THROTTLED)
    with closing(ecr.connect()) as client:
        client.ping()
    assert len(ecr.refused) == 1


# Credentials


def test_every_request_is_signed_as_sent(ecr: ECR) -> None:
    ecr.fill(2, 2)
    with closing(ecr.connect()) as client:
        list(client.tags(client.repositories()))
    assert len(ecr.server.requests) == 3
    for request in ecr.server.requests:
        assert request.authorization == signed_again(request)
        assert "HarborGuard" in request.headers["user-agent"]


def signed_again(request: Request) -> str:
    """Return Signature Version 4 of the received request."""
    assert request.authorization
    head, _, names = request.authorization.partition(", SignedHeaders=")
    names = names.partition(",")[0]
    scope = head.partition("/")[2]
    lines = [f"{name}:{request.headers[name]}\n" for name in names.split(";")]
    body = hashlib.sha256(request.body).hexdigest()
    canonical = f"POST\n/\n\n{''.join(lines)}\n{names}\n{body}"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{request.headers['x-amz-date']}\n{scope}\n{hashed}"
    key = f"AWS4{CANARY}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f"{head}, SignedHeaders={names}, Signature={signature}"


@pytest.fixture
def tempting_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[Request]]:
    """Provide keys, settings and a metadata service, as on a machine in AWS."""
    folder = tmp_path / ".aws"
    folder.mkdir()
    with fake_server({"*": answer(500)}) as elsewhere:
        (folder / "credentials").write_text(
            "[default]\naws_access_key_id = AKIAOFTHEFILE\naws_secret_access_key = of-the-file\n"
        )
        (folder / "config").write_text(
            f"[default]\nendpoint_url = {elsewhere.url}\nregion = us-east-1\n"
        )
        monkeypatch.setenv("HOME", str(tmp_path))
        for name, value in {
            "AWS_ACCESS_KEY_ID": "AKIAOFTHEMACHINE",
            "AWS_SECRET_ACCESS_KEY": "of-the-machine",
            "AWS_SESSION_TOKEN": "of-the-machine",
            "AWS_PROFILE": "one-that-is-missing",
            "AWS_DEFAULT_REGION": "us-west-2",
            "AWS_ENDPOINT_URL": elsewhere.url,
            "AWS_ENDPOINT_URL_ECR": elsewhere.url,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": elsewhere.url,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": elsewhere.url,
            "AWS_CA_BUNDLE": "/nowhere",
            "AWS_USE_FIPS_ENDPOINT": "true",
            "AWS_MAX_ATTEMPTS": "9",
            "AWS_RETRY_MODE": "adaptive",
            "AWS_DEFAULTS_MODE": "auto",
            "HTTP_PROXY": elsewhere.url,
            "HTTPS_PROXY": elsewhere.url,
        }.items():
            monkeypatch.setenv(name, value)
        session._session.cache_clear()
        yield elsewhere.requests
        session._session.cache_clear()


def test_settings_of_the_machine_are_ignored(ecr: ECR, tempting_machine: list[Request]) -> None:
    ecr.fill(2, 2)
    with closing(ecr.connect()) as client:
        assert len(list(client.repositories())) == 2
    for request in ecr.server.requests:
        assert request.authorization
        assert f"Credential={ecr.username}/" in request.authorization
        assert f"/{REGION}/ecr/" in request.authorization
        assert "x-amz-security-token" not in request.headers
    assert tempting_machine == []


@pytest.mark.parametrize("credential", [None, Credential("", ""), Credential("AKIA", "")])
def test_no_key_is_searched_without_credentials(
    ecr: ECR, tempting_machine: list[Request], credential: Credential | None
) -> None:
    with (
        closing(ecr.connect(credential=credential)) as client,
        pytest.raises(AuthenticationFailed, match="the connection has none"),
    ):
        client.ping()
    assert session._session().get_credentials() is None
    assert ecr.server.requests == []
    assert tempting_machine == []


def test_the_api_url_is_the_regions_despite_the_environment(
    tempting_machine: list[Request],
) -> None:
    keys = session.Keys("AKIA", "secret")

    def url(place: Location, service: str = "ecr") -> str:
        return str(session.new_client(service, place, keys, "").meta.endpoint_url)

    assert url(Location(ACCOUNT, "eu-west-1")) == "https://api.ecr.eu-west-1.amazonaws.com"
    assert url(Location(ACCOUNT, "cn-north-1")) == "https://api.ecr.cn-north-1.amazonaws.com.cn"
    fips = Location(ACCOUNT, "us-east-1", is_fips=True)
    assert url(fips) == "https://ecr-fips.us-east-1.amazonaws.com"
    dual = Location(ACCOUNT, "us-east-1", is_dual_stack=True)
    assert url(dual) == "https://ecr.us-east-1.api.aws"
    assert url(Location(ACCOUNT, "eu-west-1"), "sts") == "https://sts.eu-west-1.amazonaws.com"


def test_the_keys_of_a_role_are_used(ecr: ECR) -> None:
    ecr.fill(2, 2)
    ecr.role, ecr.external_id = ROLE, "an-id"
    options = {"role_arn": ROLE, "external_id": "an-id"}
    with closing(connect(ecr, options=options)) as client:
        client.ping()
        assert len(list(client.tags(client.repositories()))) == 4
        assert client.traffic.requests == len(ecr.server.requests) == 5
    assert ecr.role_number == 1


def test_an_expired_role_is_assumed_again(ecr: ECR) -> None:
    ecr.fill(1, 1)
    ecr.role = ROLE
    with closing(connect(ecr, options={"role_arn": ROLE})) as client:
        client.ping()
        ecr.role_is_valid = False
        assert set(tags_of(client)) == {"v0"}
    assert ecr.role_number == 2


def test_a_role_that_cannot_be_assumed_fails_authentication(ecr: ECR) -> None:
    ecr.role, ecr.external_id = ROLE, "an-id"
    with (
        closing(connect(ecr, options={"role_arn": ROLE})) as client,
        pytest.raises(AuthenticationFailed, match="role cannot be assumed"),
    ):
        client.ping()


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, b"<html><h1>Sign in</h1></html>", {"Content-Type": "text/html"}),
        answer(200, b"nothing of the kind"),
        sts_error("Throttling", "Rate exceeded", 400),
    ],
)
def test_a_malformed_answer_for_a_role_is_a_registry_error(ecr: ECR, reply: Any) -> None:
    ecr.server.routes["*"] = reply
    options = {"role_arn": ROLE}
    with (
        closing(connect(ecr, options=options, retry_after_seconds=0)) as client,
        pytest.raises(RegistryError),
    ):
        client.ping()


def test_keys_are_neither_logged_nor_reported(ecr: ECR, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ecr.fill(1, 1)
    ecr.role = ROLE
    with closing(connect(ecr, options={"role_arn": ROLE})) as client:
        client.ping()
        ecr.faults |= {Fault.WRONG_LOGIN, Fault.ECHO}
        with pytest.raises(AuthenticationFailed) as caught:
            client.ping()
    for text in (str(caught.value), caplog.text):
        for secret in (CANARY, "secret-of-the-role", "token-1"):
            assert secret not in text


def test_boto3_does_not_call_blocked_addresses(ecr: ECR) -> None:
    with closing(ecr.connect(addresses=AddressPolicy())) as client, pytest.raises(AddressBlocked):
        client.ping()
    assert ecr.server.requests == []


# Options


def test_another_host_requires_the_region(ecr: ECR) -> None:
    with (
        closing(ecr.connect(options={"api_url": ecr.server.url})) as client,
        pytest.raises(NotARegistry, match="does not contain the region"),
    ):
        client.ping()


@pytest.mark.parametrize(
    "host",
    [
        f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn",
        f"{ACCOUNT}.dkr-ecr.eu-central-1.on.aws",
    ],
)
def test_ecr_is_detected_by_its_host(host: str) -> None:
    assert detect(Origin.parse(f"https://{host}")) == "ecr"


@pytest.mark.parametrize("host", ["public.ecr.aws", "x.dkr.ecr.eu-central-1.amazonaws.com.evil.io"])
def test_other_hosts_are_not_detected(host: str) -> None:
    assert detect(Origin.parse(f"https://{host}")) == "distribution"


def test_short_lived_credentials_are_rejected_before_they_are_stored() -> None:
    login = PROVIDERS["ecr"].login
    assert login(Credential(" AKIAX123 ", " s ")) == Credential("AKIAX123", "s")
    for username in ("AWS", "ASIAX123", "", "a b"):
        with pytest.raises(ValueError) as caught:  # noqa: PT011  any wording
            login(Credential(username, CANARY))
        assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("registry_id", "12"),
        ("region", "eu-central-1.evil.io/"),
        ("role_arn", "arn:aws:iam::1:user/x"),
        ("external_id", "a b"),
        ("sns_topic_arn", "arn:aws:sqs:eu-central-1:123456789012:x"),
    ],
)
def test_options_are_checked(name: str, value: str) -> None:
    option = {option.name: option for option in PROVIDERS["ecr"].options}[name]
    with pytest.raises(ValueError):  # noqa: PT011  any wording
        option.check(value)


def test_boto3_and_google_auth_are_imported_on_first_use() -> None:
    program = """
import sys
from registries.providers import PROVIDERS
from registries.transport.endpoint import Credential, Endpoint
from registries.transport.origin import Origin
for provider in PROVIDERS.values():
    provider.connect(Endpoint(Origin.parse("https://registry.example"), Credential("a", "b")))
print([name for name in sys.modules if name.partition(".")[0] in ("boto3", "botocore")])
print([name for name in sys.modules if name.startswith(("google.auth", "google.oauth2"))])
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["[]", "[]"]


# With moto


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Run moto in a process of its own, as importing it here would patch boto3."""
    program = Path(sys.executable).with_name("moto_server")
    process = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        assert process.stdout
        said = (re.search(r"Running on (http://127\.0\.0\.1:\d+)", line) for line in process.stdout)
        yield next(match[1] for match in said if match)
        process.kill()


@pytest.fixture
def moto_client(moto: str) -> Iterator[RegistryClient]:
    options = {"api_url": moto, "region": REGION, "registry_id": ACCOUNT}
    login = Credential("AKIAIOSFODNN7EXAMPLE", CANARY)
    with closing(PROVIDERS["ecr"].connect(endpoint(moto, login, options=options))) as client:
        yield client


@pytest.fixture
def pushed(moto: str) -> dict[str, dict[str, str]]:
    """Push images with boto3, and return {repository: {tag: digest}}."""
    with urlopen(f"{moto}/moto-api/reset", data=b"") as reset:
        assert reset.status == 200
    boto = boto3.client(
        "ecr",
        region_name=REGION,
        endpoint_url=moto,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="other",
    )
    inventory: dict[str, dict[str, str]] = {}
    for repository in ("team/app", "team/web"):
        boto.create_repository(repositoryName=repository)
        for number in range(3):
            manifest = json.dumps(
                {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "number": repository * number}
            )
            named = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
            for tag in (f"v{number}", f"also-{number}"):
                boto.put_image(
                    repositoryName=repository,
                    imageManifest=manifest,
                    imageManifestMediaType=OCI_MANIFEST,
                    imageTag=tag,
                    imageDigest=named,
                )
                inventory.setdefault(repository, {})[tag] = named
    boto.close()
    return inventory


def test_everything_in_moto_is_read(
    moto_client: RegistryClient, pushed: dict[str, dict[str, str]]
) -> None:
    moto_client.ping()
    assert sorted(moto_client.repositories()) == sorted(pushed)
    for repository, expected in pushed.items():
        found = tags_of(moto_client, repository)
        assert {name: tag.digest for name, tag in found.items()} == expected
        assert {tag.media_type for tag in found.values()} == {OCI_MANIFEST}


def test_a_tag_deleted_from_moto_is_absent(
    moto_client: RegistryClient, pushed: dict[str, dict[str, str]]
) -> None:
    wanted = [
        Reference("team/app", "v1"),
        Reference("team/app", "never"),
        Reference("team/never", "v1"),
    ]
    answers = {answer.reference: answer for answer in moto_client.resolve(wanted)}
    assert answers[wanted[0]].digest == pushed["team/app"]["v1"]
    assert answers[wanted[1]].absent
    assert answers[wanted[2]].absent
    (part,) = moto_client.tags(["team/never"])
    assert isinstance(part.error, NotFound)
