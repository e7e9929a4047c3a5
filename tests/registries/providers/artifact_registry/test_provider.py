"""Google Artifact Registry with a fake of its API, its registry API and its tokens."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    CatalogForbidden,
    MalformedResponse,
    NotFound,
    PaginationUntrusted,
    RateLimited,
    RegistryError,
    UnexpectedStatus,
)
from registries.oci.reference import Reference
from registries.providers import PROVIDERS, detect
from registries.providers.artifact_registry import catalog
from registries.providers.artifact_registry import names as google_names
from registries.providers.shared.base import RegistryClient, Tag
from registries.transport.endpoint import Credential
from registries.transport.origin import Origin
from tests.fakes.replies import answer, answer_json, web_page
from tests.fakes.vendors.artifact_registry import (
    LOCATION,
    OCI_INDEX,
    PROJECT,
    ArtifactRegistry,
    google_error,
    key_file,
)
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.vendor import Image

APP = f"{PROJECT}/docker/app"


@pytest.fixture
def google() -> Iterator[ArtifactRegistry]:
    with ArtifactRegistry.serve() as fake:
        yield fake


def connect(google: ArtifactRegistry, *, without: str = "", **values: Any) -> RegistryClient:
    options = google.options | values.pop("options", {})
    options = {name: value for name, value in options.items() if name != without}
    return google.connect(options=options, **values)


def tags_of(client: RegistryClient, repository: str = APP) -> dict[str, Tag]:
    parts = list(client.tags([repository]))
    assert [part.error for part in parts if part.error] == []
    assert parts[-1].complete
    return {tag.name: tag for part in parts for tag in part.tags}


def inventory(client: RegistryClient, names: list[str] | None = None) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for part in client.tags(client.repositories() if names is None else names):
        assert part.error is None
        found.setdefault(part.repository, {}).update({tag.name: tag.digest for tag in part.tags})
    return found


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def asked(google: ArtifactRegistry, part: str) -> int:
    return sum(part in request.target for request in google.server.requests)


# Listings and their requests


def test_one_listing_returns_the_tags_of_all_images(google: ArtifactRegistry) -> None:
    google.fill(51, 40)
    with closing(google.connect()) as client:
        assert inventory(client) == google.expected
        # A token, the repositories, the images of two, a single image and two full pages.
        assert client.traffic.requests == 1 + 1 + 2 + 1 + 2
    assert asked(google, "more/dockerImages") == 2


def test_details_in_the_listing_are_read(google: ArtifactRegistry) -> None:
    google.content = {f"{PROJECT}/docker/{name}": {"v1": Image(digest(1), 77)} for name in "ab"}
    google.children = 3
    with closing(google.connect()) as client:
        listed = [part for part in client.tags(client.repositories()) if part.tags]
    assert len(listed) == 2
    (tag,) = listed[0].tags
    assert (tag.name, tag.digest, tag.media_type) == ("v1", digest(1), OCI_INDEX)
    assert tag.details.size == 77
    assert tag.details.pushed_at == datetime(2024, 5, 6, 7, 8, 9, 123456, UTC)
    assert tag.details.platforms == ("linux/amd64", "linux/arm64/v8")


def test_a_single_image_costs_one_request(google: ArtifactRegistry) -> None:
    """Nothing else of the repository is listed after a push."""
    google.fill(30, 3)
    with closing(google.connect()) as client:
        tags = tags_of(client, f"{PROJECT}/more/app-7")
        assert client.traffic.requests == 1 + 1
    assert set(tags) == {"v0", "v1", "v2"}
    assert tags["v0"].details.size == 1234
    assert tags["v0"].details.pushed_at == datetime(2024, 5, 6, 7, 8, 9, 123000, UTC)


def test_an_image_is_read_again_by_a_second_listing(google: ArtifactRegistry) -> None:
    google.fill(5, 2)
    name = f"{PROJECT}/more/app-1"
    with closing(google.connect()) as client:
        inventory(client)
        google.content[name]["v9"] = Image(digest(9))
        assert "v9" in tags_of(client, name)


def test_known_images_are_listed_together_without_a_catalog(
    google: ArtifactRegistry,
) -> None:
    google.fill(40, 2)
    google.faults.add(Fault.CATALOG_DENIED)
    with closing(google.connect()) as client:
        assert inventory(client, sorted(google.content)) == google.expected
        assert client.traffic.requests < 10


@pytest.mark.parametrize("fault", [Fault.LOST_CURSOR, Fault.ENDLESS])
def test_an_interrupted_full_listing_is_replaced_by_one_per_image(
    google: ArtifactRegistry, fault: Fault
) -> None:
    google.fill(6, 2)
    names = sorted(google.content)
    google.faults |= {fault, Fault.SHORT_PAGES}
    with closing(google.connect()) as client:
        assert inventory(client, names) == google.expected


def test_image_names_keep_their_slashes(google: ArtifactRegistry) -> None:
    name = f"{PROJECT}/docker/group/sub/app"
    google.content = {name: {"v1": Image(digest(1))}, APP: {"v1": Image(digest(2))}}
    with closing(google.connect()) as client:
        assert inventory(client) == google.expected
        google.refuses_plane = True
        assert set(tags_of(client, name)) == {"v1"}
        (resolution,) = client.resolve([Reference(name, "v1")])
    assert resolution.digest == digest(1)
    assert asked(google, "group%2Fsub%2Fapp/tags")


def test_a_domain_scoped_project_has_a_slash_in_names(google: ArtifactRegistry) -> None:
    google.content = {"example.com/team/docker/app": {"v1": Image(digest(1))}}
    with closing(connect(google, options={"project": "example.com:team"})) as client:
        client.ping()
        assert inventory(client) == google.expected
    assert asked(google, "/projects/example.com:team/")


def test_other_formats_are_not_images(google: ArtifactRegistry) -> None:
    with closing(google.connect()) as client:
        assert list(client.repositories()) == []
    assert not asked(google, "/mvn/")


# gcr.io


@pytest.fixture
def gcr(google: ArtifactRegistry) -> Iterator[ArtifactRegistry]:
    """The fake's host behaves like gcr.io."""
    known = {"127.0.0.1": LOCATION}
    with patch.dict(google_names._GCR_LOCATIONS, known):
        yield google


def test_gcr_reads_the_repository_named_after_its_host(gcr: ArtifactRegistry) -> None:
    gcr.own_repository = "127.0.0.1"
    gcr.content = {
        f"{PROJECT}/app": {"v1": Image(digest(1))},
        f"{PROJECT}/group/web": {"v1": Image(digest(2))},
    }
    with closing(gcr.connect()) as client:
        assert inventory(client) == gcr.expected
    assert not asked(gcr, "/repositories?")
    assert asked(gcr, "/repositories/127.0.0.1/packages")


@pytest.mark.parametrize(
    ("host", "location", "repository"),
    [
        ("gcr.io", "us", "gcr.io"),
        ("us.gcr.io", "us", "us.gcr.io"),
        ("eu.gcr.io", "europe", "eu.gcr.io"),
        ("asia.gcr.io", "asia", "asia.gcr.io"),
        ("europe-west3-docker.pkg.dev", "europe-west3", ""),
        ("us-docker.pkg.dev", "us", ""),
    ],
)
def test_a_location_is_detected_by_the_host(host: str, location: str, repository: str) -> None:
    assert detect(Origin.parse(f"https://{host}")) == "artifact-registry"
    names = google_names.Names(host)
    assert (names.location, names.own_repository) == (location, repository)


@pytest.mark.parametrize("host", ["europe-west3-python.pkg.dev", "gcr.io.evil.com", "xgcr.io"])
def test_other_hosts_are_not_detected(host: str) -> None:
    assert detect(Origin.parse(f"https://{host}")) == "distribution"


# Refusals


def test_configured_repositories_are_read_from_the_registry_if_the_api_refuses(
    google: ArtifactRegistry,
) -> None:
    google.content = {
        APP: {"v1": Image(digest(1)), "v2": Image(digest(2))},
        f"{PROJECT}/docker/group/web": {"v1": Image(digest(3))},
    }
    google.refuses_api = True
    with closing(connect(google, options={"repositories": ("docker",)})) as client:
        client.ping()
        assert inventory(client) == google.expected
        (resolution,) = client.resolve([Reference(APP, "v1")])
    assert resolution.digest == digest(1)


def test_the_api_is_read_if_the_registry_refuses(google: ArtifactRegistry) -> None:
    google.fill(3, 2)
    google.refuses_plane = True
    wanted = [Reference(APP, "v0"), Reference(APP, "gone")]
    with closing(google.connect()) as client:
        assert inventory(client) == google.expected
        answers = {one.reference.tag: one for one in client.resolve(wanted)}
    assert answers["v0"].digest == digest(1)
    assert answers["gone"].absent
    # A virtual repository gives the same answer if the pull permission is lost.
    assert answers["gone"].doubtful


@pytest.mark.parametrize("digits", ["9" * 400, "9" * 5000, "-1", "1.5", "٣"])
def test_an_invalid_timestamp_is_unknown(google: ArtifactRegistry, digits: str) -> None:
    row = {"tag": ["v1"], "timeUploadedMs": digits}
    listed = {"tags": ["v1"], "manifest": {digest(1): row}, "child": []}
    google.server.routes[f"/v2/{APP}/tags/list"] = answer_json(listed)
    with closing(google.connect()) as client:
        assert tags_of(client)["v1"] == Tag("v1", digest(1))


def test_nested_names_end(google: ArtifactRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_NAMES_MOST", 10)
    google.content = {APP: {"v1": Image(digest(1))}}
    google.refuses_api = True
    for depth in range(20):
        path = f"/v2/{PROJECT}/docker{'/a' * depth}/tags/list"
        google.server.routes[path] = answer_json({"tags": [], "manifest": {}, "child": ["a"]})
    with (
        closing(connect(google, options={"repositories": ("docker",)})) as client,
        pytest.raises(PaginationUntrusted, match="do not end"),
    ):
        list(client.repositories())


def test_a_large_tag_list_is_read_in_pages(
    google: ArtifactRegistry,
) -> None:
    google.fill(1, 3)
    large = answer_json({"tags": ["v0"], "manifest": {}, "child": [], "more": "x" * 2**23})
    google.server.routes[f"/v2/{APP}/tags/list"] = large
    with closing(google.connect()) as client:
        assert set(tags_of(client)) == {"v0", "v1", "v2"}


def test_an_invalid_name_does_not_become_part_of_a_path(google: ArtifactRegistry) -> None:
    google.fill(1, 1)
    google.refuses_api = True
    with closing(google.connect()) as client:
        (part,) = client.tags([f"{PROJECT}/docker/../../token"])
    assert part.error is not None
    assert not [one for one in google.server.requests if "/../" in one.target]


def test_a_404_of_a_proxy_does_not_make_a_tag_absent(google: ArtifactRegistry) -> None:
    google.fill(1, 1)
    google.server.routes[f"/v2/{APP}/manifests/v0"] = answer_json({"message": "no route"}, 404, {})
    path = f"/v1/projects/{PROJECT}/locations/{LOCATION}/repositories/docker/packages/app/tags/v0"
    google.server.routes[path] = answer_json({"message": "no route"}, 404, {})
    with closing(google.connect()) as client:
        (resolution,) = client.resolve([Reference(APP, "v0")])
    assert resolution.error is not None
    assert not resolution.absent


def test_a_denied_repository_denies_its_images(google: ArtifactRegistry) -> None:
    google.fill(4, 2)
    google.closed = {"docker"}
    with closing(google.connect()) as client:
        names = list(client.repositories())
        assert f"{PROJECT}/docker" in names
        parts = {part.repository: part for part in client.tags(names)}
    refusal = parts[f"{PROJECT}/docker"].error
    assert isinstance(refusal, AccessDenied)
    assert "artifactregistry.packages.list" in str(refusal)
    assert sum(part.error is None for part in parts.values()) == 3


def test_the_catalog_is_forbidden_if_the_only_repository_is_denied(
    google: ArtifactRegistry,
) -> None:
    google.fill(1, 2)
    google.closed = {"docker"}
    with closing(google.connect()) as client, pytest.raises(CatalogForbidden):
        list(client.repositories())


def test_a_disabled_api_is_reported_in_googles_words(google: ArtifactRegistry) -> None:
    google.refuses_api = True
    with closing(google.connect()) as client:
        client.ping()
        with pytest.raises(CatalogForbidden, match="API has not been used"):
            list(client.repositories())


def test_requests_slow_down_when_the_quota_is_exhausted(google: ArtifactRegistry) -> None:
    google.server.routes["*"] = google_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded")
    with closing(google.connect(retry_after_seconds=0)) as client, pytest.raises(RateLimited):
        list(client.repositories())


@pytest.mark.parametrize("body", [[], [1], {"repositories": "x"}, {"repositories": [1]}])
def test_malformed_listings_are_errors(google: ArtifactRegistry, body: Any) -> None:
    path = f"/v1/projects/{PROJECT}/locations/{LOCATION}/repositories"
    google.server.routes[path] = answer_json(body, headers={})
    with closing(google.connect()) as client, pytest.raises(MalformedResponse):
        list(client.repositories())


def test_a_tag_list_that_may_be_truncated_is_not_complete(
    google: ArtifactRegistry,
) -> None:
    google.fill(1, 3)
    cut = {"tags": [f"v{number}" for number in range(10_000)], "manifest": {}, "child": []}
    google.server.routes[f"/v2/{APP}/tags/list"] = answer_json(cut)
    with closing(google.connect()) as client:
        assert set(tags_of(client)) == {"v0", "v1", "v2"}


def test_a_deleted_image_is_not_found(google: ArtifactRegistry) -> None:
    google.fill(1, 1)
    with closing(google.connect()) as client:
        (part,) = client.tags([f"{PROJECT}/docker/never"])
    assert isinstance(part.error, NotFound)


# Several locations


def test_locations_are_listed_if_the_host_has_none(google: ArtifactRegistry) -> None:
    google.fill(3, 2)
    with closing(connect(google, without="locations")) as client:
        assert inventory(client) == google.expected
    assert asked(google, "/locations?") == 1


def test_an_image_is_searched_in_each_location(google: ArtifactRegistry) -> None:
    google.fill(2, 2)
    google.refuses_plane = True
    locations = ("us-east1", LOCATION)
    with closing(connect(google, options={"locations": locations})) as client:
        assert set(tags_of(client)) == {"v0", "v1"}
        (part,) = client.tags([f"{PROJECT}/nowhere/app"])
    assert isinstance(part.error, UnexpectedStatus)


def test_nothing_is_listed_without_a_project(google: ArtifactRegistry) -> None:
    google.tokens = 1
    login = Credential("oauth2accesstoken", "ya29.1")
    with closing(google.connect(credential=login)) as client:
        client.ping()
        with pytest.raises(CatalogForbidden, match="without one"):
            list(client.repositories())


def test_no_location_is_an_error_and_not_an_empty_registry(google: ArtifactRegistry) -> None:
    path = f"/v1/projects/{PROJECT}/locations"
    google.server.routes[path] = answer_json({}, headers={})
    with (
        closing(connect(google, without="locations")) as client,
        pytest.raises(CatalogForbidden, match="no location"),
    ):
        list(client.repositories())


# Credentials


def test_a_token_is_sent_unchanged(google: ArtifactRegistry) -> None:
    google.fill(3, 2)
    google.tokens = 7
    login = Credential("oauth2accesstoken", "ya29.7")
    with closing(connect(google, credential=login, options={"project": PROJECT})) as client:
        client.ping()
        assert inventory(client) == google.expected
    assert asked(google, "/token") == 0


def test_a_key_is_never_sent(google: ArtifactRegistry, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    google.fill(3, 2)
    pem = json.loads(key_file())["private_key"].splitlines()[1]
    with closing(google.connect()) as client:
        inventory(client)
    assert asked(google, "/token") == 1
    for request in google.server.requests:
        assert pem not in f"{request.target} {request.headers} {request.body!r}"
    assert pem not in caplog.text
    assert "ya29" not in caplog.text


def test_the_token_server_is_googles_despite_the_key_file(google: ArtifactRegistry) -> None:
    """The fake's key names another token server, whose host does not exist."""
    assert "attacker.invalid" in key_file()
    with closing(google.connect()) as client:
        client.ping()
    assert asked(google, "/token") == 1


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (answer_json({"error": "invalid_grant"}, 400, {}), AuthenticationFailed),
        (answer_json({"error": "temporarily_unavailable"}, 503, {}), UnexpectedStatus),
        (answer(500), UnexpectedStatus),
        (web_page(), MalformedResponse),
        (answer_json({}, headers={}), MalformedResponse),
        (answer_json({"access_token": "a\nb", "expires_in": 1}, headers={}), MalformedResponse),
        (answer_json({"access_token": "a", "expires_in": "x"}, headers={}), MalformedResponse),
    ],
)
def test_a_token_server_without_tokens_gets_one_request(
    google: ArtifactRegistry, reply: Any, expected: type[RegistryError]
) -> None:
    google.server.routes["/token"] = reply
    with closing(google.connect()) as client, pytest.raises(expected):
        client.ping()
    assert asked(google, "/token") == 1


def test_invalid_keys_are_rejected_before_any_request(
    google: ArtifactRegistry,
) -> None:
    with (
        closing(google.connect(credential=Credential("_json_key", "no key"))) as client,
        pytest.raises(AuthenticationFailed, match="not a service account key"),
    ):
        list(client.tags([APP]))
    assert google.server.requests == []


def test_access_to_part_of_the_registry_is_enough(google: ArtifactRegistry) -> None:
    google.refuses_api = True
    with closing(google.connect()) as client:
        client.ping()


def test_a_key_is_stored_on_one_line_without_other_members() -> None:
    login = PROVIDERS["artifact-registry"].login
    for username, secret in (
        ("_json_key", key_file()),
        ("", f"\n{json.dumps(json.loads(key_file()), indent=2)}\n"),
        ("_json_key_base64", base64.b64encode(key_file().encode()).decode()),
        ("_json_key", key_file().replace("\\n", "\n")),
    ):
        stored = login(Credential(username, secret))
        assert stored.username == "_json_key"
        assert "\n" not in stored.secret
        assert sorted(json.loads(stored.secret)) == [
            "client_email",
            "private_key",
            "private_key_id",
            "project_id",
            "type",
        ]
        assert login(stored) == stored


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "external_account"}, "must have the type service_account"),
        ({"type": "authorized_user"}, "must have the type service_account"),
        ({"private_key": ""}, "lacks private_key"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nAAAA"}, "cannot be read"),
        ({"client_email": 1}, "lacks client_email"),
    ],
)
def test_another_kind_of_key_is_rejected(change: dict[str, Any], words: str) -> None:
    document = json.loads(key_file()) | change
    with pytest.raises(ValueError, match=words) as caught:
        PROVIDERS["artifact-registry"].login(Credential("_json_key", json.dumps(document)))
    assert "BEGIN" not in str(caught.value)


@pytest.mark.parametrize("secret", ["", "{", "[]", "bm8=", "x" * 50, '{"a":' * 3000])
def test_an_invalid_key_file_is_rejected(secret: str) -> None:
    with pytest.raises(ValueError, match=r"whole key file|service account"):
        PROVIDERS["artifact-registry"].login(Credential("_json_key", secret))


def test_other_user_names_are_rejected() -> None:
    with pytest.raises(ValueError, match="_json_key for a service account key"):
        PROVIDERS["artifact-registry"].login(Credential("someone", key_file()))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("project", "a/b/c"),
        ("project", "../x"),
        ("locations", "us/../../x"),
        ("repositories", "a/b"),
        ("api_url", "https://x/y"),
        ("push_audience", "a\nb"),
    ],
)
def test_options_are_checked(name: str, value: str) -> None:
    options = {option.name: option for option in PROVIDERS["artifact-registry"].options}
    with pytest.raises(ValueError):  # noqa: PT011  any wording
        options[name].check(value)


def test_denial_in_every_location_is_access_denied(google: ArtifactRegistry) -> None:
    google.fill(1, 1)
    google.refuses_api = google.refuses_plane = True
    with closing(google.connect()) as client:
        (part,) = client.tags([APP])
        (resolution,) = client.resolve([Reference(APP, "v0")])
    assert isinstance(part.error, AccessDenied)
    assert isinstance(resolution.error, AccessDenied)
