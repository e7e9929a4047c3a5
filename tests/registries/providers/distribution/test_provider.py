"""The provider with a real registry, and with registries that fail partially."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    ChallengeInvalid,
    ConnectionTimedOut,
    MalformedResponse,
    NetworkError,
    NotFound,
    PaginationUntrusted,
    RateLimited,
    RealmUntrusted,
    RegistryError,
    TLSNotTrusted,
    UnexpectedStatus,
)
from registries.oci import listing
from registries.oci.media_types import (
    DOCKER_MANIFEST,
    DOCKER_MANIFEST_LIST,
    OCI_INDEX,
    OCI_MANIFEST,
)
from registries.oci.reference import Reference
from registries.providers import PROVIDERS, detect, provider_for
from registries.providers.distribution.provider import DistributionClient
from registries.providers.shared import availability
from registries.providers.shared.base import RegistryClient, Tag
from registries.transport.endpoint import Credential
from registries.transport.origin import Origin
from tests.fakes.endpoints import CANARY, endpoint, robot
from tests.fakes.http_server import FakeServer, Reply, fake_server
from tests.fakes.replies import (
    answer,
    answer_json,
    hang,
    oci_error,
    raw,
    unauthorized,
)
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import Auth, DockerRegistryFactory

DIGEST = f"sha256:{'a' * 64}"
GOOD = answer(200, b"", {"Docker-Content-Digest": DIGEST, "Content-Type": OCI_MANIFEST})


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server({"/v2/": answer_json({})}) as fake:
        yield fake


def connect(
    registry: DockerRegistry, credential: Credential | None = None, **values: Any
) -> RegistryClient:
    return DistributionClient(endpoint(registry.url, credential, **values))


def listed(client: RegistryClient) -> dict[str, set[str]]:
    """Return all tags of the registry. No listing may have failed."""
    found: dict[str, set[str]] = {}
    complete = set()
    for part in client.tags(client.repositories()):
        assert part.error is None
        found.setdefault(part.repository, set()).update(tag.name for tag in part.tags)
        complete |= {part.repository} if part.complete else set()
    assert complete == set(found)
    return found


def inventory(client: RegistryClient) -> dict[str, dict[str, str | None]]:
    found = listed(client)
    references = [Reference(name, tag) for name, tags in found.items() for tag in tags]
    resolutions = list(client.resolve(references))
    assert len(resolutions) == len(references)
    seen: dict[str, dict[str, str | None]] = {name: {} for name in found}
    for each in resolutions:
        assert each.error is None
        seen[each.reference.repository][each.reference.tag] = each.digest
    return seen


# With docker-registry


def test_a_real_registry_is_read(docker_registry: DockerRegistryFactory) -> None:
    registry = docker_registry()
    pushed = {
        ("team/app", "v1"): (registry.push_image("team/app", "v1", 1), OCI_MANIFEST),
        ("team/app", "v2"): (registry.push_index("team/app", "v2"), OCI_INDEX),
        ("a", "docker"): (registry.push_image("a", "docker", 2, flavour="docker"), DOCKER_MANIFEST),
        ("a/b-c", "list"): (
            registry.push_index("a/b-c", "list", flavour="docker"),
            DOCKER_MANIFEST_LIST,
        ),
    }
    emptied = registry.push_image("emptied", "only", 3)
    registry.delete_manifest("emptied", emptied)
    client = connect(registry)
    client.ping()
    assert listed(client) == {
        "a": {"docker"},
        "a/b-c": {"list"},
        "emptied": set(),
        "team/app": {"v1", "v2"},
    }
    resolutions = client.resolve(Reference(*name) for name in pushed)
    assert {
        (answer.reference.repository, answer.reference.tag): (answer.digest, answer.media_type)
        for answer in resolutions
    } == pushed
    traffic = client.traffic
    assert traffic.requests == 1 + 1 + 4 + 4
    assert traffic.bytes_read > 100
    client.close()


def test_a_tag_deleted_from_a_real_registry_is_absent(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = docker_registry()
    registry.push_image("team/app", "v1", 1)
    client = connect(registry)
    gone = [Reference("team/app", "v2"), Reference("team/other", "v1")]
    assert all(answer.absent and answer.error is None for answer in client.resolve(gone))
    (part,) = client.tags(["team/other"])
    assert isinstance(part.error, NotFound)
    assert not part.complete


@pytest.mark.parametrize("auth", ["none", "htpasswd", "token"])
@pytest.mark.parametrize("tls", [False, True])
def test_a_real_catalog_is_paged_with_every_kind_of_credentials(
    docker_registry: DockerRegistryFactory, monkeypatch: pytest.MonkeyPatch, auth: Auth, tls: bool
) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 3)
    registry = docker_registry(auth, tls=tls)
    repositories = [f"team{number % 3}/app-{number}" for number in range(10)]
    registry.seed(repositories, ["v1", "v2", "latest"])
    client = connect(registry, **login(registry, auth))
    client.ping()
    assert inventory(client) == registry.inventory()
    assert sorted(client.repositories()) == sorted(repositories)


def login(registry: DockerRegistry, auth: Auth, secret: str | None = None) -> dict[str, Any]:
    values: dict[str, Any] = {"ca_pem": registry.ca_pem}
    if auth != "none":
        values["credential"] = Credential(registry.username, secret or registry.password)
    if auth == "token":
        realm = registry.token_server.realm.removesuffix("/token")
        values["trusted_realms"] = frozenset({Origin.parse(realm)})
    return values


@pytest.mark.parametrize("auth", ["htpasswd", "token"])
def test_a_real_registry_rejects_a_wrong_password(
    docker_registry: DockerRegistryFactory, auth: Auth
) -> None:
    registry = docker_registry(auth)
    for values in (login(registry, auth, CANARY), {**login(registry, auth), "credential": None}):
        with pytest.raises(AuthenticationFailed) as caught:
            connect(registry, **values).ping()
        assert CANARY not in f"{caught.value!s} {caught.value!r}"


def test_a_real_token_server_on_another_host_must_be_trusted(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = docker_registry("token")
    values = {**login(registry, "token"), "trusted_realms": frozenset()}
    with pytest.raises(RealmUntrusted) as caught:
        connect(registry, **values).ping()
    assert caught.value.realm == registry.token_server.realm.removesuffix("/token")
    assert registry.token_server.requests == []


def test_one_token_is_requested_for_each_repository(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = docker_registry("token")
    registry.seed(["a", "b"], [f"v{number}" for number in range(10)])
    client = connect(registry, **login(registry, "token"))
    client.ping()
    assert inventory(client) == registry.inventory()
    assert sorted(request.scopes for request in registry.token_server.requests) == [
        (),
        ("registry:catalog:*",),
        ("repository:a:pull",),
        ("repository:b:pull",),
    ]


def test_a_scope_that_a_real_token_server_denies_denies_the_repository(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = docker_registry("token")
    registry.seed(["a"], ["v1"])
    client = connect(registry, **login(registry, "token"))
    client.ping()
    registry.token_server.actions = ()
    (part,) = client.tags(["a"])
    assert isinstance(part.error, AccessDenied)
    (resolution,) = client.resolve([Reference("a", "v1")])
    assert isinstance(resolution.error, AccessDenied)


def test_a_password_that_changes_during_a_run_ends_the_run(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = docker_registry("token")
    registry.seed(["a"], ["v1"])
    client = connect(registry, **login(registry, "token"))
    client.ping()
    registry.token_server.password = "changed"
    with pytest.raises(AuthenticationFailed):
        list(client.tags(["a"]))


def test_a_private_certificate_requires_its_authority(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = docker_registry(tls=True)
    with pytest.raises(TLSNotTrusted):
        connect(registry).ping()


def test_a_registry_that_is_stopped_is_a_network_error(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = docker_registry()
    client = connect(registry)
    client.ping()
    registry.stop()
    with pytest.raises(NetworkError, match="refused the connection"):
        client.ping()


def test_a_registry_that_hangs_times_out(docker_registry: DockerRegistryFactory) -> None:
    registry = docker_registry()
    client = connect(registry, total_seconds=0.5)
    client.ping()
    registry.pause()
    with pytest.raises(ConnectionTimedOut):
        client.ping()
    registry.resume()


# With registries that fail partially


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (oci_error(403, "DENIED"), AccessDenied),
        (answer(500), UnexpectedStatus),
        (raw(b""), NetworkError),
        (hang, ConnectionTimedOut),
        (answer(302, b"", {"Location": "/elsewhere"}), RegistryError),
    ],
)
def test_one_repository_that_fails_does_not_fail_the_others(
    server: FakeServer, reply: Reply, expected: type[RegistryError]
) -> None:
    server.routes["/v2/bad/tags/list"] = reply
    server.routes["/v2/good/tags/list"] = answer_json({"tags": ["v1"]})
    server.routes["/v2/bad/manifests/v1"] = reply
    server.routes["/v2/good/manifests/v1"] = GOOD
    client = DistributionClient(endpoint(server.url, total_seconds=0.5))
    parts = {part.repository: part for part in client.tags(["bad", "good"])}
    assert isinstance(parts["bad"].error, expected)
    assert not parts["bad"].complete
    assert (parts["good"].tags, parts["good"].complete) == ((Tag("v1"),), True)
    references = [Reference("bad", "v1"), Reference("good", "v1")]
    answers = {each.reference.repository: each for each in client.resolve(references)}
    assert isinstance(answers["bad"].error, expected)
    assert answers["good"].digest == DIGEST
    assert not answers["bad"].absent


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (answer(429), RateLimited),
        (unauthorized('Bearer realm="https://evil.invalid/token"'), RealmUntrusted),
        (unauthorized("Digest realm=x"), ChallengeInvalid),
        (answer(429, b"", {"Retry-After": "7200"}), RateLimited),
    ],
)
def test_an_error_of_the_whole_registry_ends_the_run(
    server: FakeServer, reply: Reply, expected: type[RegistryError]
) -> None:
    server.routes["*"] = server.routes["/v2/"] = reply
    client = DistributionClient(endpoint(server.url, retry_after_seconds=0))
    with pytest.raises(expected):
        list(client.tags(["a", "b"]))
    with pytest.raises(expected):
        list(client.resolve([Reference("a", "v1")]))


def test_a_private_repository_of_a_public_registry_is_the_only_one_denied(
    server: FakeServer,
) -> None:
    server.routes["*"] = unauthorized('Basic realm="x"')
    (part,) = DistributionClient(endpoint(server.url)).tags(["private"])
    assert isinstance(part.error, AccessDenied)


AWAY = [(raw(b""), NetworkError), (answer(502), UnexpectedStatus), (answer(504), UnexpectedStatus)]


@pytest.mark.parametrize(("reply", "expected"), AWAY)
def test_an_unavailable_registry_does_not_get_every_request(
    server: FakeServer, reply: Reply, expected: type[RegistryError]
) -> None:
    server.routes["*"] = server.routes["/v2/"] = reply
    # One thread, as others would send requests until the ping is answered.
    client = DistributionClient(endpoint(server.url, concurrency=1))
    names = [f"app-{number}" for number in range(10_000)]
    with pytest.raises(expected):
        list(client.tags(names))
    assert client.traffic.requests < availability.MAX_CONSECUTIVE_FAILURES + 10
    with pytest.raises(expected):
        list(client.resolve(Reference(name, "v1") for name in names))


@pytest.mark.parametrize(("reply", "expected"), [*AWAY, (answer(503), UnexpectedStatus)])
def test_an_unavailable_repository_is_skipped_and_does_not_end_the_run(
    server: FakeServer, reply: Reply, expected: type[RegistryError]
) -> None:
    server.routes["*"] = reply
    server.routes["/v2/good/manifests/v1"] = GOOD
    client = DistributionClient(endpoint(server.url, concurrency=4))
    references = [Reference("bad", f"v{number}") for number in range(500)]
    answers = list(client.resolve([*references, Reference("good", "v1")]))
    assert [each.digest for each in answers if each.reference.repository == "good"] == [DIGEST]
    assert sum(isinstance(each.error, expected) for each in answers) == 500
    assert client.traffic.requests < 20


def test_many_unavailable_repositories_do_not_end_the_run_while_the_registry_answers(
    server: FakeServer,
) -> None:
    server.routes["*"] = raw(b"")
    client = DistributionClient(endpoint(server.url, concurrency=4))
    parts = list(client.tags(f"app-{number}" for number in range(100)))
    assert all(isinstance(part.error, NetworkError) for part in parts)
    assert len(server.asked("/v2/")) == 100 // availability.MAX_CONSECUTIVE_FAILURES


def test_refusals_count_as_answers(server: FakeServer) -> None:
    server.routes["*"] = oci_error(403, "DENIED")
    client = DistributionClient(endpoint(server.url, concurrency=4))
    answers = list(client.resolve(Reference("a", f"v{number}") for number in range(100)))
    assert all(isinstance(each.error, AccessDenied) for each in answers)
    assert len(server.asked("/v2/")) == 1
    assert client.traffic.requests == 101


def test_a_stored_error_keeps_no_references(server: FakeServer) -> None:
    server.routes["/v2/a/tags/list"] = answer_json(b'{"tags": [' + b"x" * 1_000_000)
    server.routes["/v2/a/manifests/v1"] = answer(200, b"<" * 1_000_000)
    client = DistributionClient(endpoint(server.url))
    (part,) = client.tags(["a"])
    (resolution,) = client.resolve([Reference("a", "v1")])
    for error in (part.error, resolution.error):
        assert isinstance(error, MalformedResponse)
        assert error.__traceback__ is None
        assert error.__context__ is error.__cause__ is None


@pytest.mark.parametrize("honors_size", [True, False])
def test_a_repeated_page_is_untrusted_if_the_page_size_is_honored(
    server: FakeServer, honors_size: bool
) -> None:
    names = [f"v{number}" for number in range(1000)]

    def tags(connection: Any, request: Any) -> bool | None:
        size = int(request.query["n"][0]) if honors_size else len(names)
        return answer_json({"tags": names[:size]})(connection, request)

    server.routes["/v2/a/tags/list"] = tags
    parts = list(DistributionClient(endpoint(server.url)).tags(["a"]))
    assert [tag.name for part in parts for tag in part.tags] == names
    assert parts[-1].complete is not honors_size
    assert isinstance(parts[-1].error, PaginationUntrusted) is honors_size


def test_an_interrupted_listing_is_not_complete(server: FakeServer) -> None:
    link = {"Link": '</v2/a/tags/list?last=v1>; rel="next"'}

    def tags(connection: Any, request: Any) -> bool | None:
        first = "last" not in request.query
        return (answer_json({"tags": ["v1"]}, headers=link) if first else answer(500))(
            connection, request
        )

    server.routes["/v2/a/tags/list"] = tags
    parts = list(DistributionClient(endpoint(server.url)).tags(["a"]))
    assert [tag.name for part in parts for tag in part.tags] == ["v1"]
    assert isinstance(parts[-1].error, UnexpectedStatus)
    assert not any(part.complete for part in parts)


def test_the_first_rejected_names_are_kept(server: FakeServer) -> None:
    bad = [f"BAD{number}" for number in range(30)]
    server.routes["/v2/_catalog"] = answer_json({"repositories": [*bad, "good"]})
    server.routes["/v2/good/tags/list"] = answer_json({"tags": ["v1", *("-" + b for b in bad)]})
    client = DistributionClient(endpoint(server.url))
    assert list(client.repositories()) == ["good"]
    assert client.rejected_repositories == tuple(bad[:20])
    (part,) = client.tags(["good"])
    assert part.complete
    assert len(part.rejected) == 20


def test_every_request_after_close_is_a_network_error(server: FakeServer) -> None:
    client = DistributionClient(endpoint(server.url, robot()))
    client.ping()
    client.close()
    with pytest.raises(NetworkError, match="closed on our side"):
        client.ping()


# The declaration


def test_an_unknown_host_is_a_plain_registry() -> None:
    assert detect(Origin.parse("https://registry.example.com")) == "distribution"


@pytest.mark.parametrize("slug", PROVIDERS)
def test_every_provider_declares_its_fields(slug: str) -> None:
    provider = provider_for(slug)
    assert provider.slug == slug
    assert [field.name for field in provider.credential_fields if field.is_secret] == ["secret"]
    client = provider.connect(endpoint("https://registry.example.com"))
    assert client.traffic.requests == 0
    client.close()


def test_a_provider_matches_its_hosts() -> None:
    provider = replace(provider_for("distribution"), hosts=("ghcr.io", "*.azurecr.io"))
    assert provider.is_at(Origin.parse("https://ghcr.io"))
    assert provider.is_at(Origin.parse("https://team.azurecr.io"))
    for other in ("https://ghcr.io.evil.com", "https://xghcr.io", "https://azurecr.io"):
        assert not provider.is_at(Origin.parse(other))
