"""Deviations apply to the products that are known for them, and to no others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest

from registries.errors import AuthenticationFailed, PaginationUntrusted
from registries.oci.client import OCIClient
from registries.oci.media_types import OCI_INDEX
from registries.oci.quirks import NO_QUIRKS, Quirks
from registries.oci.reference import Reference
from registries.transport.endpoint import Credential
from tests.fakes.endpoints import endpoint
from tests.fakes.http_server import FakeServer, fake_server
from tests.fakes.replies import (
    REGISTRY,
    answer,
    answer_json,
    in_turn,
    unauthorized,
    with_login,
)

TAGS = "/v2/key/app/tags/list"
MANIFEST = "/v2/key/app/manifests/v1"
V1 = Reference("key/app", "v1")
LINKS = Quirks(misleading_links=True)
CHECKSUM = Quirks(checksum_header="X-Checksum-Sha256")
BEARER = Quirks(takes_bearer=True)
TOKEN = "an-access-token"
BODY = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}).encode()
DIGEST = f"sha256:{hashlib.sha256(BODY).hexdigest()}"
CHALLENGES = [
    'Bearer realm="/token",service="x"',
    'Basic realm="x"',
    'Bearer realm="http://evil.example"',
]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as running:
        yield running


def client(server: FakeServer, quirks: Quirks, credential: Credential | None = None) -> OCIClient:
    return OCIClient(endpoint(server.url, credential), quirks=quirks)


def two_pages(server: FakeServer, target: str) -> None:
    link = {**REGISTRY, "Link": f'<{target}>; rel="next"'}
    first = answer_json({"tags": ["a"]}, headers=link)
    server.routes[TAGS] = in_turn(first, answer_json({"tags": ["b"]}))


def names(reader: OCIClient) -> list[str]:
    return [name for page in reader.tags("key/app") for name in page.names]


MISLEADING = [
    "/v2/app/tags/list?last=1000&n=1000",
    "/repository/key/v2/app/tags/list?n=1000&last=a",
    "http://internal.example:8081/repository/key/v2/app/tags/list?n=1000&last=a",
    "https://evil.example/?last=a",
]


@pytest.mark.parametrize("target", MISLEADING)
def test_a_misleading_link_is_followed_by_its_query_on_the_own_path(
    server: FakeServer, target: str
) -> None:
    two_pages(server, target)

    assert names(client(server, LINKS)) == ["a", "b"]
    assert {request.path for request in server.requests} == {TAGS}
    assert server.requests[-1].target.partition("?")[2].startswith(target.partition("?")[2])


@pytest.mark.parametrize("target", MISLEADING)
def test_of_any_other_product_it_is_refused(server: FakeServer, target: str) -> None:
    two_pages(server, target)

    with pytest.raises(PaginationUntrusted, match="leads elsewhere"):
        names(client(server, NO_QUIRKS))


@pytest.mark.parametrize("target", ["/v2/app/tags/list", "/x?last=a#b", "/x?last=a b", ""])
def test_a_misleading_link_still_needs_a_query_that_is_one(server: FakeServer, target: str) -> None:
    two_pages(server, target)

    with pytest.raises(PaginationUntrusted):
        names(client(server, LINKS))


def test_misleading_links_in_a_circle_are_refused(server: FakeServer) -> None:
    link = {**REGISTRY, "Link": '</elsewhere?last=a&n=1>; rel="next"'}
    server.routes[TAGS] = answer_json({"tags": ["a"]}, headers=link)

    with pytest.raises(PaginationUntrusted, match="loops"):
        names(client(server, LINKS))


def test_a_checksum_stands_in_for_a_digest_that_is_not_told(server: FakeServer) -> None:
    headers = {**REGISTRY, "Content-Type": OCI_INDEX, "X-Checksum-Sha256": "AB" * 32}
    server.routes[MANIFEST] = answer(200, b"", {**headers, "ETag": "c0ffee"})

    found = client(server, CHECKSUM).manifest(V1)

    assert found is not None
    assert (found.digest, found.media_type) == (f"sha256:{'ab' * 32}", OCI_INDEX)
    assert [request.method for request in server.requests] == ["HEAD"]


def test_a_digest_counts_more_than_a_checksum(server: FakeServer) -> None:
    headers = {"X-Checksum-Sha256": "ab" * 32, "Docker-Content-Digest": DIGEST}
    server.routes[MANIFEST] = answer(200, b"", {**REGISTRY, **headers})

    found = client(server, CHECKSUM).manifest(V1)

    assert found is not None
    assert found.digest == DIGEST


@pytest.mark.parametrize(
    ("quirks", "checksum"), [(CHECKSUM, ""), (CHECKSUM, "abc"), (NO_QUIRKS, "ab" * 32)]
)
def test_without_either_the_manifest_is_read(
    server: FakeServer, quirks: Quirks, checksum: str
) -> None:
    headers = {**REGISTRY, "Content-Type": OCI_INDEX, "X-Checksum-Sha256": checksum}
    server.routes[MANIFEST] = answer(200, BODY, headers)

    found = client(server, quirks).manifest(V1)

    assert found is not None
    assert found.digest == DIGEST


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_token_of_its_own_is_sent_whatever_login_is_asked_for(
    server: FakeServer, challenge: str
) -> None:
    """The realm of the challenge is not called."""
    server.routes["/v2/"] = with_login(f"Bearer {TOKEN}", answer_json({}), unauthorized(challenge))

    client(server, BEARER, Credential("", TOKEN)).ping()

    assert {request.path for request in server.requests} == {"/v2/"}


def test_a_token_that_is_refused_is_not_sent_again_and_again(server: FakeServer) -> None:
    server.routes["/v2/"] = unauthorized(CHALLENGES[0])

    with pytest.raises(AuthenticationFailed) as caught:
        client(server, BEARER, Credential("", TOKEN)).ping()

    assert len(server.requests) == 2
    assert TOKEN not in str(caught.value)


def test_with_a_user_name_the_challenge_is_answered_as_ever(server: FakeServer) -> None:
    server.routes["/token"] = answer_json({"token": "from-the-realm"})
    server.routes["/v2/"] = with_login(
        "Bearer from-the-realm", answer_json({}), unauthorized(CHALLENGES[0])
    )

    client(server, BEARER, Credential("robot", TOKEN)).ping()

    [asked] = server.asked("/token")
    assert (asked.authorization or "").startswith("Basic ")


def test_a_token_means_nothing_to_other_products(server: FakeServer) -> None:
    server.routes["/v2/"] = with_login(
        "Basic OnNlY3JldA==", answer_json({}), unauthorized('Basic realm="x"')
    )

    client(server, NO_QUIRKS, Credential("", "secret")).ping()
