"""Azure Container Registry: its API, tokens and firewall."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    CatalogForbidden,
    PaginationUntrusted,
    RegistryError,
)
from registries.oci.media_types import OCI_INDEX, OCI_MANIFEST
from registries.oci.reference import Reference
from registries.providers import PROVIDERS, detect
from registries.transport.endpoint import Credential
from registries.transport.origin import Origin
from tests.fakes.endpoints import CANARY
from tests.fakes.replies import answer_json
from tests.fakes.vendors.acr import ACR, NOBODY
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.listings import all_tags, digests
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Image

PROVIDER = PROVIDERS["acr"]
TAGGED_AT = datetime(2026, 3, 2, 11, 0, 0, 123456, tzinfo=UTC)


class WithRefreshToken(ACR):
    """Accept only tokens."""

    username: ClassVar[str] = NOBODY


@pytest.fixture
def acr() -> Iterator[ACR]:
    with ACR.serve() as fake:
        fake.fill(2, 3)
        yield fake


@pytest.fixture
def tokens_only() -> Iterator[WithRefreshToken]:
    with WithRefreshToken.serve() as fake:
        fake.takes_basic = False
        fake.fill(2, 3)
        yield fake


def api_requests(acr: ACR, what: str = "") -> list[str]:
    targets = [request.target for request in acr.server.requests]
    return [target for target in targets if "/acr/v1/" in target and what in target]


@pytest.mark.parametrize(
    ("host", "slug"),
    [
        ("team.azurecr.io", "acr"),
        ("team-a1b2c3.azurecr.io", "acr"),
        ("team.azurecr.cn", "acr"),
        ("team.azurecr.us", "acr"),
        ("azurecr.io", "distribution"),
        ("team.azurecr.io.example", "distribution"),
        ("team.westeurope.data.azurecr.io", "distribution"),
        ("mcr.microsoft.com", "distribution"),
    ],
)
def test_acr_is_detected_by_its_hosts(host: str, slug: str) -> None:
    assert detect(Origin.parse(f"https://{host}")) == slug


def test_details_in_the_listing_are_read(acr: ACR) -> None:
    with closing(acr.connect()) as client:
        tag = all_tags(client)["v0"]
    assert tag.media_type == OCI_MANIFEST
    assert tag.details.size == 1234
    assert tag.details.pushed_at == TAGGED_AT
    assert tag.details.platforms == ("linux/amd64",)
    assert tag.details.artifact_type == ""


def test_an_index_has_the_platforms_of_its_images(acr: ACR) -> None:
    digest = acr.content[FIRST_REPOSITORY]["v0"].digest
    acr.manifests_say[digest] = {
        "mediaType": OCI_INDEX,
        "imageSize": 0,
        "architecture": None,
        "os": None,
        "artifactType": "application/vnd.example.bundle",
        "references": [
            {"digest": f"sha256:{'a' * 64}", "architecture": "arm64", "os": "linux"},
            {"digest": f"sha256:{'b' * 64}", "architecture": "amd64", "os": "linux"},
            {"digest": f"sha256:{'c' * 64}", "architecture": "unknown", "os": "unknown"},
        ],
    }
    with closing(acr.connect()) as client:
        tag = all_tags(client)["v0"]
    assert (tag.media_type, tag.details.size) == (OCI_INDEX, None)
    assert tag.details.platforms == ("linux/amd64", "linux/arm64")
    assert tag.details.artifact_type == "application/vnd.example.bundle"


@pytest.mark.parametrize("nonsense", [7, "text", ["text"], {"os": 1}, [[1]]])
def test_invalid_details_are_unknown(nonsense: object, acr: ACR) -> None:
    digest = acr.content[FIRST_REPOSITORY]["v0"].digest
    members = ("imageSize", "mediaType", "lastUpdateTime", "references", "os", "artifactType")
    acr.manifests_say[digest] = dict.fromkeys(members, nonsense)
    with closing(acr.connect()) as client:
        assert digests(all_tags(client)) == acr.expected[FIRST_REPOSITORY]


def test_a_repository_of_a_hundred_tags_costs_one_request(acr: ACR) -> None:
    acr.content.clear()
    acr.fill(100, 100)
    with closing(acr.connect()) as client:
        client.ping()
        listed = sum(len(part.tags) for part in client.tags(client.repositories()))
        requests = client.traffic.requests
    assert listed == 10_000
    # A ping with its token and the catalog with its own, besides the tags.
    assert requests == len(acr.server.requests) == 3 + 2 + 100


def test_the_list_of_tags_decides_in_a_large_repository(acr: ACR) -> None:
    acr.page_size = 2
    acr.untagged[FIRST_REPOSITORY] = [f"sha256:{number:064x}" for number in range(100, 110)]
    with closing(acr.connect()) as client:
        tags = all_tags(client)
    assert digests(tags) == acr.expected[FIRST_REPOSITORY]
    assert {tag.media_type for tag in tags.values()} == {OCI_MANIFEST}
    assert {tag.details.pushed_at for tag in tags.values()} == {TAGGED_AT}


def test_only_as_many_manifests_are_read_as_tags_need(acr: ACR) -> None:
    acr.page_size = 2
    acr.untagged[FIRST_REPOSITORY] = [f"sha256:{number:064x}" for number in range(100, 200)]
    with closing(acr.connect()) as client:
        all_tags(client)
    # Three tags with their manifests first, on two pages each.
    assert len(api_requests(acr, "_manifests")) == len(api_requests(acr, "_tags")) == 2


def test_two_tags_of_one_manifest_are_both_read(acr: ACR) -> None:
    acr.content[FIRST_REPOSITORY]["latest"] = acr.content[FIRST_REPOSITORY]["v2"]
    with closing(acr.connect()) as client:
        assert digests(all_tags(client)) == acr.expected[FIRST_REPOSITORY]
        acr.page_size = 2
        assert digests(all_tags(client)) == acr.expected[FIRST_REPOSITORY]


def test_a_tag_without_a_listed_manifest_has_its_digest(acr: ACR) -> None:
    acr.page_size = 2
    hidden = acr.content[FIRST_REPOSITORY]["v0"].digest
    acr.manifests_say[hidden] = {"digest": f"sha256:{'e' * 64}"}
    with closing(acr.connect()) as client:
        tag = all_tags(client)["v0"]
    assert (tag.digest, tag.media_type) == (hidden, "")
    assert tag.details.pushed_at == TAGGED_AT


@pytest.mark.parametrize("page_size", [2, 1000])
def test_a_tag_with_an_invalid_digest_is_resolved(page_size: int, acr: ACR) -> None:
    acr.page_size = page_size
    acr.content[FIRST_REPOSITORY]["odd"] = Image("md5:no")
    with closing(acr.connect()) as client:
        assert all_tags(client)["odd"].digest is None


@pytest.mark.parametrize("page_size", [2, 1000])
def test_names_outside_the_grammar_are_reported_and_not_listed(page_size: int, acr: ACR) -> None:
    acr.page_size = page_size
    acr.content[FIRST_REPOSITORY]["../v0"] = Image(f"sha256:{'f' * 64}")
    with closing(acr.connect()) as client:
        parts = list(client.tags([FIRST_REPOSITORY]))
    assert [name for part in parts for name in part.rejected] == ["../v0"]
    assert {tag.name for part in parts for tag in part.tags} == {"v0", "v1", "v2"}


def test_a_refresh_token_requests_read_only_tokens(tokens_only: ACR) -> None:
    with closing(tokens_only.connect()) as client:
        client.ping()
        names = list(client.repositories())
        assert {name: digests(all_tags(client, name)) for name in names} == tokens_only.expected
        there = Reference(FIRST_REPOSITORY, "v0")
        assert [answer.digest for answer in client.resolve([there])] == [
            tokens_only.content[FIRST_REPOSITORY]["v0"].digest
        ]
    asked = [request for request in tokens_only.server.requests if request.method == "POST"]
    assert {request.path for request in asked} == {"/oauth2/token"}
    assert b"metadata_read" in b"".join(request.body for request in asked)
    assert not [
        request
        for request in tokens_only.server.requests
        if (request.authorization or "").startswith("Basic ")
    ]
    assert len(asked) == len({request.body for request in asked})


def test_a_password_that_the_api_rejects_is_exchanged_for_tokens(acr: ACR) -> None:
    acr.takes_basic = False
    with closing(acr.connect()) as client:
        tag = all_tags(client)["v0"]
    assert tag.details.size == 1234


def test_a_password_that_the_api_rejects_is_not_sent_for_each_repository(acr: ACR) -> None:
    acr.takes_basic = False
    acr.fill(20, 1)
    with closing(acr.connect(concurrency=1)) as client:
        for repository in acr.content:
            all_tags(client, repository)
    sent = [
        request.authorization or ""
        for request in acr.server.requests
        if "/acr/v1/" in request.target
    ]
    assert len([login for login in sent if login.startswith("Basic ")]) == 1


def test_an_endless_listing_is_not_trusted(acr: ACR, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registries.providers.acr.api.MAX_NAMES", 2)
    with closing(acr.connect()) as client:
        parts = list(client.tags([FIRST_REPOSITORY]))
    assert isinstance(parts[-1].error, PaginationUntrusted)


@pytest.mark.parametrize("username", ["", NOBODY, f" {NOBODY} "])
def test_a_secret_without_a_user_name_is_a_refresh_token(username: str) -> None:
    assert PROVIDER.login(Credential(username, f" {CANARY}\n")) == Credential(NOBODY, CANARY)


def test_missing_credentials_mean_anonymous_access() -> None:
    assert PROVIDER.login(Credential("", "")) == Credential("", "")


def test_anonymous_pull_uses_anonymous_tokens(acr: ACR) -> None:
    with closing(acr.connect(credential=None)) as client:
        client.ping()
        assert digests(all_tags(client)) == acr.expected[FIRST_REPOSITORY]


def test_an_expired_refresh_token_fails_authentication(tokens_only: ACR) -> None:
    tokens_only.faults.add(Fault.WRONG_LOGIN)
    with closing(tokens_only.connect()) as client, pytest.raises(AuthenticationFailed) as caught:
        client.ping()
    assert "aka.ms/acr/authorization" in str(caught.value)


@pytest.mark.parametrize("scope", ["ping", "catalog"])
@pytest.mark.parametrize(
    "words",
    [
        "client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall",
        "Refused. See https://aka.ms/acr/firewall to grant access.",
    ],
)
def test_a_refusal_of_the_firewall_is_not_an_authentication_failure(
    words: str, scope: str, acr: ACR
) -> None:
    acr.firewall = words
    with closing(acr.connect()) as client, pytest.raises(AccessDenied) as caught:
        client.ping() if scope == "ping" else list(client.repositories())
    assert words in str(caught.value)
    assert "Networking" in caught.value.hint
    assert caught.value.code == "access_denied"


def test_another_403_is_not_the_firewall(acr: ACR) -> None:
    acr.firewall = "the subscription is disabled"
    with closing(acr.connect()) as client, pytest.raises(RegistryError) as caught:
        client.ping()
    assert "firewall" not in str(caught.value)


def test_a_classic_registry_is_read_from_the_registry_api(acr: ACR) -> None:
    acr.is_classic = True
    with closing(acr.connect()) as client:
        tags = all_tags(client)
        assert set(tags) == set(acr.expected[FIRST_REPOSITORY])
        found = client.resolve([Reference(FIRST_REPOSITORY, name) for name in tags])
        assert {one.reference.tag: one.digest for one in found} == acr.expected[FIRST_REPOSITORY]
    assert len(api_requests(acr)) == 1


def test_a_catalog_without_a_grant_is_forbidden(acr: ACR) -> None:
    acr.faults.add(Fault.CATALOG_DENIED)
    with closing(acr.connect()) as client, pytest.raises(CatalogForbidden) as caught:
        list(client.repositories())
    assert caught.value.status == 401


def test_a_denied_repository_does_not_affect_the_others(acr: ACR) -> None:
    acr.faults.add(Fault.REPOSITORY_DENIED)
    with closing(acr.connect()) as client:
        parts = list(client.tags([FIRST_REPOSITORY, f"{FIRST_REPOSITORY}-1"]))
    failed = {part.repository: part.error for part in parts if part.error}
    assert list(failed) == [FIRST_REPOSITORY]
    assert isinstance(failed[FIRST_REPOSITORY], AccessDenied)
    assert len(api_requests(acr, f"{FIRST_REPOSITORY}-1/")) == 1


def test_an_unusable_link_is_not_the_end_of_the_tags(acr: ACR) -> None:
    digest = acr.content[FIRST_REPOSITORY]["v0"].digest
    for key, row in (("manifests", {"digest": digest}), ("tags", {"name": "v0", "digest": digest})):
        path = f"/acr/v1/{FIRST_REPOSITORY}/_{key}"
        acr.server.routes[path] = answer_json({key: [row]}, 200, {"Link": f"<{path}>; rel=next"})
    with closing(acr.connect()) as client:
        parts = list(client.tags([FIRST_REPOSITORY]))
    assert isinstance(parts[-1].error, PaginationUntrusted)
    assert not any(part.complete for part in parts)
