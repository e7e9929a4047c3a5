"""The demo's registry, as the product's own client meets it."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator

import pytest
import requests

from harborguard.demo.content import Change, Content
from harborguard.demo.registry_server import Manners, RegistryServer
from registries.errors import AccessDenied, AuthenticationFailed, UnexpectedStatus
from registries.oci.reference import Reference
from registries.providers.distribution.provider import DistributionClient
from registries.transport.endpoint import Credential as Login
from registries.transport.endpoint import Endpoint
from tests.fakes.endpoints import endpoint

LOGIN = Login("robot", "secret")
NAMES = [f"team/app-{number:03}" for number in range(250)]


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = RegistryServer(listener, Content(), Manners())
    server.start()
    yield server
    server.shutdown()
    server.server_close()


def endpoint_of(server: RegistryServer, login: Login | None = None) -> Endpoint:
    return endpoint(f"http://127.0.0.1:{server.server_address[1]}", credential=login)


def fill(server: RegistryServer, *references: str) -> None:
    for reference in references:
        repository, _, tag = reference.partition(":")
        server.content.apply(Change(repository, tag, build=tag))


def test_a_catalog_and_a_tag_list_of_several_pages_are_read_to_their_end(
    server: RegistryServer,
) -> None:
    fill(server, *(f"{name}:v1" for name in NAMES), *(f"large:t{n:03}" for n in range(230)))
    client = DistributionClient(endpoint_of(server))

    client.ping()
    assert list(client.repositories()) == sorted([*NAMES, "large"])
    parts = list(client.tags(["large"]))
    assert len([tag for part in parts for tag in part.tags]) == 230
    assert [part.complete for part in parts] == [False, False, True]


def test_a_digest_is_that_of_the_manifest_and_finds_it_again(server: RegistryServer) -> None:
    fill(server, "shop/cart:v1", "library/nginx:v1")
    references = [Reference("shop/cart", "v1"), Reference("library/nginx", "v1")]
    found = list(DistributionClient(endpoint_of(server)).resolve(references))

    assert len({resolution.digest for resolution in found}) == 2
    for resolution in found:
        name = resolution.reference.repository
        url = f"{endpoint_of(server).origin}/v2/{name}/manifests/{resolution.digest}"
        answer = requests.get(url, timeout=10)
        assert f"sha256:{hashlib.sha256(answer.content).hexdigest()}" == resolution.digest
        assert answer.json()["mediaType"] == answer.headers["Content-Type"]
        assert answer.headers["Content-Type"] == resolution.media_type


def test_the_manifests_that_an_index_names_are_there(server: RegistryServer) -> None:
    fill(server, *(f"{name}:v1" for name in NAMES))
    origin = endpoint_of(server).origin
    named = [
        (name, part["digest"])
        for name in NAMES
        for part in requests.get(f"{origin}/v2/{name}/manifests/v1", timeout=10)
        .json()
        .get("manifests", [])
    ]

    assert named
    for name, digest in named[:4]:
        answer = requests.get(f"{origin}/v2/{name}/manifests/{digest}", timeout=10)
        assert f"sha256:{hashlib.sha256(answer.content).hexdigest()}" == digest


def test_what_was_deleted_is_absent(server: RegistryServer) -> None:
    fill(server, "team/app:v1", "team/app:v2")
    server.content.apply(Change("team/app", "v1"))
    (found,) = DistributionClient(endpoint_of(server)).resolve([Reference("team/app", "v1")])

    assert found.absent
    assert not found.doubtful


def test_it_asks_for_its_login(server: RegistryServer) -> None:
    server.manners.login = LOGIN

    DistributionClient(endpoint_of(server, LOGIN)).ping()
    for wrong in (None, Login("robot", "old")):
        with pytest.raises(AuthenticationFailed):
            DistributionClient(endpoint_of(server, wrong)).ping()


def test_it_can_be_down(server: RegistryServer) -> None:
    server.manners.is_down = True

    with pytest.raises(UnexpectedStatus, match="503"):
        DistributionClient(endpoint_of(server)).ping()


def test_it_can_keep_a_repository_to_itself(server: RegistryServer) -> None:
    fill(server, "team/app:v1", "team/secret:v1")
    server.manners.closed = frozenset(["team/secret"])
    listed = list(DistributionClient(endpoint_of(server)).tags(["team/app", "team/secret"]))

    errors = {listing.repository: listing.error for listing in listed}
    assert errors["team/app"] is None
    assert isinstance(errors["team/secret"], AccessDenied)
