from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    CatalogForbidden,
    ChallengeInvalid,
    MalformedResponse,
    NotARegistry,
    NotFound,
    PaginationUntrusted,
    RealmUntrusted,
    RegistryError,
    ResponseTooLarge,
    Stage,
    UnexpectedStatus,
)
from registries.oci.client import OCIClient
from registries.oci.media_types import ACCEPT_MANIFESTS, OCI_INDEX, OCI_MANIFEST, SCHEMA_1
from registries.oci.reference import Reference
from tests.fakes.endpoints import CANARY, endpoint, robot
from tests.fakes.http_server import FakeServer, Reply, Request, fake_server
from tests.fakes.replies import (
    REGISTRY,
    answer,
    answer_json,
    drip,
    gzip_bomb,
    in_turn,
    oci_error,
    raw,
    unauthorized,
    web_page,
    with_login,
)

CATALOG = "/v2/_catalog"
TAGS = "/v2/team/app/tags/list"
MANIFEST = "/v2/team/app/manifests/v1"
V1 = Reference("team/app", "v1")
BASIC = "Basic " + base64.b64encode(f"robot:{CANARY}".encode()).decode()
BODY = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}).encode()
DIGEST = f"sha256:{hashlib.sha256(BODY).hexdigest()}"
OTHER = f"sha256:{'0' * 64}"
# The end of the connection is the end of the body, of which nothing came.
CUT_SHORT_404 = raw(
    b"HTTP/1.1 404 Not Found\r\nDocker-Distribution-Api-Version: registry/2.0\r\n\r\n"
)
LARGE_404 = oci_error(404, "MANIFEST_UNKNOWN", "x" * 70_000)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server({"/v2/": answer_json({})}) as fake:
        yield fake


@pytest.fixture
def evil() -> Iterator[FakeServer]:
    with fake_server() as fake:
        yield fake


@pytest.fixture
def client(server: FakeServer) -> Iterator[OCIClient]:
    client = OCIClient(endpoint(server.url))
    yield client
    client.close()


def with_credential(server: FakeServer, **values: Any) -> OCIClient:
    return OCIClient(endpoint(server.url, robot(), **values))


def catalog(client: OCIClient) -> list[str]:
    return [name for page in client.catalog() for name in page.names]


def failure(function: Any, *arguments: Any) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        function(*arguments)
    error = caught.value
    for secret in (CANARY, BASIC.removeprefix("Basic "), "t0ken"):
        assert secret not in f"{error!s} {error!r} {error.__dict__}"
    return error


def manifest_reply(body: bytes = BODY, digest: str | None = DIGEST, kind: str = OCI_INDEX) -> Reply:
    named = {"Docker-Content-Digest": digest} if digest else {}
    return answer(200, body, {"Content-Type": kind, **named})


def head_then_get(head: Reply, get: Reply) -> Reply:
    def reply(connection: Any, request: Request) -> bool | None:
        return (head if request.method == "HEAD" else get)(connection, request)

    return reply


# Ping


@pytest.mark.parametrize(
    "reply",
    [
        answer_json({}),
        answer_json({}, headers={}),
        answer(200, b"", REGISTRY),
        answer(200, b"true", {"Content-Type": "text/plain", **REGISTRY}),
    ],
)
def test_a_registry_answers_a_ping(server: FakeServer, client: OCIClient, reply: Reply) -> None:
    server.routes["/v2/"] = reply
    client.ping()


@pytest.mark.parametrize(
    ("reply", "expected", "message"),
    [
        (answer(404), NotARegistry, "has no /v2/"),
        (web_page(), MalformedResponse, "a web page instead of a JSON object"),
        (answer(200), MalformedResponse, "an empty body"),
        (answer_json([], headers={}), MalformedResponse, "not a JSON object"),
        (web_page(403), UnexpectedStatus, "Unexpected status 403 on /v2/"),
        (oci_error(403, "DENIED", "expired"), AuthenticationFailed, "403 (DENIED: expired)"),
        (answer(502), UnexpectedStatus, "Unexpected status 502 on /v2/"),
        (answer(418), UnexpectedStatus, "Unexpected status 418 on /v2/"),
        (unauthorized(), ChallengeInvalid, "it names no authentication scheme"),
        (unauthorized('Digest realm="x"'), ChallengeInvalid, "it requires digest"),
        (unauthorized("Bearer realm="), ChallengeInvalid, "it requires bearer"),
        (unauthorized('Basic realm="x'), ChallengeInvalid, "cannot be parsed"),
        (unauthorized('Basic realm="x"'), AuthenticationFailed, "a user name and password"),
    ],
)
def test_anything_else_is_an_error_that_says_what_came(
    server: FakeServer,
    client: OCIClient,
    reply: Reply,
    expected: type[RegistryError],
    message: str,
) -> None:
    server.routes["/v2/"] = reply
    error = failure(client.ping)
    assert type(error) is expected
    assert message in str(error)


# Login


def test_basic_is_sent_once_asked_for_and_then_at_once(server: FakeServer) -> None:
    refused = unauthorized('Basic realm="x"')
    server.routes["/v2/"] = with_login(BASIC, answer_json({}), refused)
    server.routes[CATALOG] = with_login(BASIC, answer_json({"repositories": []}), refused)
    client = with_credential(server)
    client.ping()
    assert catalog(client) == []
    assert [request.authorization for request in server.requests] == [None, BASIC, BASIC]


def test_a_registry_that_does_not_ask_gets_the_credential_once_it_let_us_in(
    server: FakeServer,
) -> None:
    server.routes[CATALOG] = with_login(
        BASIC, answer_json({"repositories": ["private"]}), answer_json({"repositories": []})
    )
    client = with_credential(server)
    client.ping()
    assert catalog(client) == ["private"]
    client.ping()
    assert [request.authorization for request in server.requests] == [None, *[BASIC] * 3]


def test_a_wrong_password_fails_where_anybody_may_come_in(server: FakeServer) -> None:
    def reply(connection: Any, request: Request) -> bool | None:
        chosen = unauthorized('Basic realm="x"') if request.authorization else answer_json({})
        return chosen(connection, request)

    server.routes["/v2/"] = reply
    assert type(failure(with_credential(server).ping)) is AuthenticationFailed


def test_bearer_takes_over_from_basic(server: FakeServer) -> None:
    server.routes["/token"] = answer_json({"token": "t0ken"})
    refused = unauthorized(f'Bearer realm="{server.url}/token"')
    server.routes[CATALOG] = with_login(
        "Bearer t0ken", answer_json({"repositories": ["a"]}), refused
    )
    client = with_credential(server)
    client.ping()
    assert catalog(client) == catalog(client) == ["a"]
    asked = [request.authorization for request in server.asked(CATALOG)]
    assert asked == [BASIC, "Bearer t0ken", "Bearer t0ken"]


@pytest.mark.parametrize("form", [CANARY, BASIC, quote(CANARY, safe=""), quote_plus(CANARY)])
def test_a_login_that_is_echoed_is_not_shown(server: FakeServer, form: str) -> None:
    refused = unauthorized('Basic realm="x"')
    server.routes["/v2/"] = with_login(BASIC, answer_json({}), refused)
    echo = oci_error(403, form, f"you sent {form.lower()} and {form}")
    server.routes[TAGS] = with_login(BASIC, echo, refused)
    client = with_credential(server)
    client.ping()
    error = failure(list, client.tags("team/app"))
    assert type(error) is AccessDenied
    assert form.lower() not in str(error).lower()
    assert "[redacted]" in str(error)


def test_a_token_that_is_echoed_is_not_shown(server: FakeServer) -> None:
    server.routes["/token"] = answer_json({"token": "t0ken"})
    refused = unauthorized(f'Bearer realm="{server.url}/token"')
    server.routes[TAGS] = with_login("Bearer t0ken", oci_error(500, "X", "Bearer t0ken"), refused)
    error = failure(list, with_credential(server).tags("team/app"))
    assert "(X: Bearer [redacted])" in str(error)


def test_a_login_that_is_echoed_as_a_name_is_not_shown(server: FakeServer) -> None:
    server.routes[CATALOG] = answer_json({"repositories": [CANARY]})
    client = with_credential(server)
    client.ping()
    (page,) = client.catalog()
    assert page.rejected == ("[redacted]",)


def test_a_long_rejected_name_is_cut(server: FakeServer, client: OCIClient) -> None:
    server.routes[CATALOG] = answer_json({"repositories": ["X" * 100_000] * 30})
    (page,) = client.catalog()
    assert len(page.rejected) == 20
    assert max(map(len, page.rejected)) == 300


@pytest.mark.parametrize(
    "challenge", ["Digest realm=x", 'Bearer realm="https://evil.invalid/token"', "Bearer realm="]
)
def test_a_repository_that_asks_for_an_odd_login_is_denied_alone(
    server: FakeServer, client: OCIClient, challenge: str
) -> None:
    server.routes["*"] = unauthorized(challenge)
    assert type(failure(list, client.tags("team/app"))) is AccessDenied
    assert type(failure(client.manifest, V1)) is AccessDenied


def test_a_page_size_that_was_found_is_kept(server: FakeServer, client: OCIClient) -> None:
    def reply(connection: Any, request: Request) -> bool | None:
        too_many = int(request.query["n"][0]) > 300
        chosen = oci_error(400, "PAGINATION_NUMBER_INVALID")
        return (chosen if too_many else answer_json({"tags": ["v1"]}))(connection, request)

    server.routes[TAGS] = reply
    for _ in range(2):
        list(client.tags("team/app"))
    assert [request.query["n"][0] for request in server.requests] == ["1000", "500", "250", "250"]


def test_a_body_of_nothing_but_lists_is_not_parsed(server: FakeServer, client: OCIClient) -> None:
    server.routes[CATALOG] = answer_json(b'{"repositories": [' + b"[]," * 30_000 + b"[]]}")
    assert "too many objects and lists" in str(failure(catalog, client))


def test_a_wrong_password_is_an_authentication_failure(server: FakeServer) -> None:
    server.routes["/v2/"] = unauthorized('Basic realm="x"')
    error = failure(with_credential(server).ping)
    assert isinstance(error, AuthenticationFailed)
    assert str(error) == (
        f"Authentication failed: {server.url} answered 401 (UNAUTHORIZED: log in)"
    )
    assert len(server.requests) == 2


def test_a_token_is_preferred_to_the_password(server: FakeServer) -> None:
    bearer = f'Bearer realm="{server.url}/token",service="s"'
    server.routes["/token"] = answer_json({"token": "t0ken"})
    server.routes["/v2/"] = with_login(
        "Bearer t0ken", answer_json({}), unauthorized('Basic realm="x"', bearer)
    )
    with_credential(server).ping()
    assert [request.authorization for request in server.requests] == [None, BASIC, "Bearer t0ken"]


def test_a_token_that_is_refused_while_fresh_ends_it(server: FakeServer) -> None:
    server.routes["/token"] = answer_json({"token": "t0ken"})
    server.routes["/v2/"] = unauthorized(f'Bearer realm="{server.url}/token"')
    assert isinstance(failure(with_credential(server).ping), AuthenticationFailed)
    assert len(server.requests) == 3


@pytest.mark.parametrize("credential", [None, robot()])
def test_nothing_is_sent_to_a_foreign_realm(
    server: FakeServer, evil: FakeServer, credential: Any
) -> None:
    server.routes["*"] = server.routes["/v2/"] = unauthorized(
        f'Bearer realm="{evil.url}/token",service="s"'
    )
    client = OCIClient(endpoint(server.url, credential))
    for question in (client.ping, lambda: catalog(client), lambda: client.manifest(V1)):
        error = failure(question)
        assert isinstance(error, RealmUntrusted)
        assert error.realm == evil.url
    assert evil.connections == 0


def test_an_approved_realm_gets_the_credential(server: FakeServer, evil: FakeServer) -> None:
    evil.routes["/token"] = answer_json({"token": "t0ken"})
    server.routes["/v2/"] = with_login(
        "Bearer t0ken", answer_json({}), unauthorized(f'Bearer realm="{evil.url}/token"')
    )
    with_credential(server, trusted_realms=frozenset({evil.origin})).ping()
    assert [request.authorization for request in evil.requests] == [BASIC]


# Catalog


def test_it_reads_the_catalog_page_by_page(server: FakeServer, client: OCIClient) -> None:
    server.routes[CATALOG] = in_turn(
        answer_json({"repositories": ["a", "b"]}, headers={"Link": '<?last=b>; rel="next"'}),
        answer_json({"repositories": ["b", "c/d"]}),
    )
    assert catalog(client) == ["a", "b", "c/d"]
    assert [request.query for request in server.requests] == [
        {"n": ["1000"]},
        {"last": ["b"], "n": ["1000"]},
    ]


def test_names_outside_the_grammar_are_set_aside(server: FakeServer, client: OCIClient) -> None:
    bad = ["../../admin", "A", "a?n=1", "a#b", "<img>", "\u202e", "\r\n", "", "x" * 256, "a//b"]
    server.routes[CATALOG] = answer_json({"repositories": ["good", *bad]})
    (page,) = client.catalog()
    assert page.names == ("good",)
    assert page.rejected == tuple(bad)


@pytest.mark.parametrize(
    "document",
    [
        {"repositories": "abc"},
        {"repositories": [1, {}, None]},
        {"repositories": {"a": 1}},
        [],
        b"<html>",
        b'{"repositories": ["a"',
    ],
)
def test_a_catalog_that_is_no_list_of_names_is_malformed(
    server: FakeServer, client: OCIClient, document: object
) -> None:
    server.routes[CATALOG] = answer_json(document)
    assert isinstance(failure(catalog, client), MalformedResponse)


def test_it_asks_for_less_where_a_page_is_too_large(server: FakeServer, client: OCIClient) -> None:
    refused = oci_error(400, "PAGINATION_NUMBER_INVALID")
    server.routes[CATALOG] = in_turn(
        refused, refused, refused, answer_json({"repositories": ["a"]})
    )
    assert catalog(client) == ["a"]
    assert server.requests[-1].query == {"n": ["125"]}


def test_it_asks_for_no_size_at_all_in_the_end(server: FakeServer, client: OCIClient) -> None:
    def reply(connection: Any, request: Request) -> bool | None:
        chosen = oci_error(400, "PAGINATION_NUMBER_INVALID")
        if not request.query:
            chosen = answer_json({"repositories": ["a"]})
        return chosen(connection, request)

    server.routes[CATALOG] = reply
    assert catalog(client) == ["a"]
    assert len(server.requests) == 6


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_a_forbidden_catalog_is_told_in_the_known_words(
    server: FakeServer, client: OCIClient, status: int
) -> None:
    server.routes[CATALOG] = oci_error(status, "DENIED", "admins only")
    error = failure(catalog, client)
    assert isinstance(error, CatalogForbidden)
    assert str(error) == f"Unexpected status {status} on /v2/_catalog (DENIED: admins only)"
    assert error.stage is Stage.CATALOG


def test_a_catalog_that_a_valid_login_may_not_read_is_forbidden(server: FakeServer) -> None:
    refused = unauthorized('Basic realm="x"')
    server.routes["/v2/"] = with_login(BASIC, answer_json({}), refused)
    server.routes[CATALOG] = refused
    client = with_credential(server)
    client.ping()
    assert isinstance(failure(catalog, client), CatalogForbidden)


def test_a_login_that_has_ended_is_an_authentication_failure(server: FakeServer) -> None:
    refused = unauthorized('Basic realm="x"')
    server.routes["/v2/"] = in_turn(refused, answer_json({}), refused)
    server.routes[CATALOG] = refused
    client = with_credential(server)
    client.ping()
    assert type(failure(catalog, client)) is AuthenticationFailed


def test_anybody_who_is_asked_for_a_password_fails_to_log_in(
    server: FakeServer, client: OCIClient
) -> None:
    server.routes[CATALOG] = unauthorized('Basic realm="x"')
    assert type(failure(catalog, client)) is AuthenticationFailed


def test_a_realm_that_gives_no_token_for_the_catalog_forbids_it(server: FakeServer) -> None:
    def token(connection: Any, request: Request) -> bool | None:
        granted = "scope" not in request.query
        reply = answer_json({"token": "t0ken"}) if granted else oci_error(403, "DENIED")
        return reply(connection, request)

    refused = unauthorized(f'Bearer realm="{server.url}/token"')
    server.routes.update({"/token": token, CATALOG: refused})
    server.routes["/v2/"] = with_login("Bearer t0ken", answer_json({}), refused)
    client = with_credential(server)
    client.ping()
    error = failure(catalog, client)
    assert isinstance(error, CatalogForbidden)
    assert error.status == 403


@pytest.mark.parametrize(
    "target",
    ["{evil}/v2/_catalog?last=b", "//{evil_netloc}/v2/_catalog?last=b", "/admin?last=b"],
)
def test_a_foreign_link_is_not_followed(
    server: FakeServer, evil: FakeServer, client: OCIClient, target: str
) -> None:
    link = target.format(evil=evil.url, evil_netloc=evil.origin.netloc)
    server.routes[CATALOG] = answer_json(
        {"repositories": ["a"]}, headers={"Link": f'<{link}>; rel="next"'}
    )
    assert isinstance(failure(catalog, client), PaginationUntrusted)
    assert evil.connections == 0
    assert len(server.requests) == 1


def test_an_endless_catalog_ends(server: FakeServer, client: OCIClient) -> None:
    server.routes[CATALOG] = answer_json(
        {"repositories": ["a"]}, headers={"Link": '<?last=a>; rel="next"'}
    )
    assert isinstance(failure(catalog, client), PaginationUntrusted)
    assert len(server.requests) == 2


def test_a_page_that_breaks_off_does_not_complete_the_catalog(
    server: FakeServer, client: OCIClient
) -> None:
    first = answer_json({"repositories": ["a"]}, headers={"Link": '<?last=a>; rel="next"'})
    for status in (403, 404, 500):
        server.routes[CATALOG] = in_turn(first, oci_error(status, "NAME_UNKNOWN"))
        pages = client.catalog()
        assert not next(pages).is_last
        assert type(failure(next, pages)) is UnexpectedStatus


def test_the_catalog_has_its_own_deadline(server: FakeServer) -> None:
    server.routes[CATALOG] = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", b" ")
    client = OCIClient(endpoint(server.url, catalog_seconds=0.4))
    assert "within 0.4 s" in str(failure(catalog, client))


def test_a_compression_bomb_is_not_unpacked(server: FakeServer, client: OCIClient) -> None:
    server.routes[CATALOG] = gzip_bomb()
    assert "compressed" in str(failure(catalog, client))


# Tags


def test_it_reads_tags_and_sets_bad_ones_aside(server: FakeServer, client: OCIClient) -> None:
    server.routes[TAGS] = answer_json({"name": "team/app", "tags": ["v1", "-x", "a" * 129, "_"]})
    (page,) = client.tags("team/app")
    assert (page.names, page.is_last) == (("v1", "_"), True)
    assert page.rejected == ("-x", "a" * 129)


@pytest.mark.parametrize("document", [{"tags": None}, {"tags": []}])
def test_no_tags_is_a_complete_list(
    server: FakeServer, client: OCIClient, document: object
) -> None:
    server.routes[TAGS] = answer_json(document)
    (page,) = client.tags("team/app")
    assert (page.names, page.is_last) == ((), True)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (oci_error(404, "NAME_UNKNOWN"), NotFound),
        (web_page(404), UnexpectedStatus),
        (answer(404), UnexpectedStatus),
        (oci_error(403, "DENIED"), AccessDenied),
        (web_page(200), MalformedResponse),
        (answer(500), UnexpectedStatus),
        (answer_json({"tags": "abc"}), MalformedResponse),
        (answer_json({"name": "team/app"}), MalformedResponse),
        (answer_json({"errors": [{"code": "DENIED"}]}), MalformedResponse),
    ],
)
def test_a_repository_that_fails_says_how(
    server: FakeServer, client: OCIClient, reply: Reply, expected: type[RegistryError]
) -> None:
    server.routes[TAGS] = reply
    assert type(failure(list, client.tags("team/app"))) is expected


def test_a_scope_that_is_not_granted_denies_that_repository_alone(server: FakeServer) -> None:
    realm = f'Bearer realm="{server.url}/token"'
    refused = unauthorized(f'{realm},scope="repository:team/app:pull",error="insufficient_scope"')
    server.routes["/token"] = answer_json({"token": "t0ken"})
    server.routes["/v2/"] = with_login("Bearer t0ken", answer_json({}), unauthorized(realm))
    server.routes[TAGS] = refused
    client = with_credential(server)
    client.ping()
    before = len(server.asked(TAGS))
    assert type(failure(list, client.tags("team/app"))) is AccessDenied
    assert len(server.asked(TAGS)) - before == 1


def test_a_login_that_ended_is_no_denial_of_one_repository(server: FakeServer) -> None:
    refused = unauthorized('Basic realm="x"')
    server.routes["/v2/"] = in_turn(refused, answer_json({}), refused)
    server.routes["*"] = refused
    client = with_credential(server)
    client.ping()
    assert type(failure(list, client.tags("team/app"))) is AuthenticationFailed
    assert type(failure(client.manifest, V1)) is AuthenticationFailed


@pytest.mark.parametrize("name", ["../../admin", "a/../b", "A", "a?x", "a%2f", ""])
def test_no_other_name_becomes_part_of_a_path(
    server: FakeServer, client: OCIClient, name: str
) -> None:
    for question in (
        lambda: list(client.tags(name)),
        lambda: client.manifest(Reference(name, "v1")),
    ):
        assert isinstance(failure(question), MalformedResponse)
    assert isinstance(failure(client.manifest, Reference("a", "../x")), MalformedResponse)
    assert server.requests == []


# Manifests


def test_a_head_tells_the_digest(server: FakeServer, client: OCIClient) -> None:
    server.routes[MANIFEST] = manifest_reply(digest=OTHER, kind=f"{OCI_MANIFEST}; charset=utf-8")
    manifest = client.manifest(V1)
    assert manifest is not None
    assert (manifest.digest, manifest.media_type) == (OTHER, OCI_MANIFEST)
    assert [request.method for request in server.requests] == ["HEAD"]
    assert server.requests[0].headers["accept"] == ACCEPT_MANIFESTS


@pytest.mark.parametrize("kind", ["application/vnd.oci.artifact.manifest.v1+json", *SCHEMA_1])
def test_a_kind_that_is_made_no_more_is_not_taken_for_gone(
    server: FakeServer, client: OCIClient, kind: str
) -> None:
    """The registry only has what is accepted by media type."""

    def strict(connection: Any, request: Request) -> bool | None:
        is_accepted = kind in request.headers["accept"].split(", ")
        there = manifest_reply(digest=OTHER, kind=kind)
        return (there if is_accepted else oci_error(404, "MANIFEST_UNKNOWN"))(connection, request)

    server.routes[MANIFEST] = strict
    manifest = client.manifest(V1)
    assert manifest is not None
    assert (manifest.digest, manifest.media_type) == (OTHER, kind)


@pytest.mark.parametrize(
    "digest",
    [
        None,
        "sha256:../../etc/passwd",
        DIGEST.upper(),
        f"{DIGEST}, {DIGEST}",
        "sha256:",
        "md5:d41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_without_a_sound_digest_it_reads_the_manifest(
    server: FakeServer, client: OCIClient, digest: str | None
) -> None:
    server.routes[MANIFEST] = manifest_reply(digest=digest)
    manifest = client.manifest(V1)
    assert manifest is not None
    assert (manifest.digest, manifest.media_type) == (DIGEST, OCI_INDEX)


def test_a_registry_without_head_is_asked_with_get(server: FakeServer, client: OCIClient) -> None:
    for status in (404, 405):
        server.routes[MANIFEST] = head_then_get(answer(status), manifest_reply())
        manifest = client.manifest(V1)
        assert manifest is not None
        assert manifest.digest == DIGEST


def test_a_sha512_digest_is_checked_with_sha512(server: FakeServer, client: OCIClient) -> None:
    digest = f"sha512:{hashlib.sha512(BODY).hexdigest()}"
    server.routes[MANIFEST] = head_then_get(answer(405), manifest_reply(digest=digest))
    manifest = client.manifest(V1)
    assert manifest is not None
    assert manifest.digest == digest


@pytest.mark.parametrize(
    ("body", "digest", "kind"),
    [
        (BODY, OTHER, OCI_INDEX),
        (b"<html>", None, "text/html"),
        (b"{}", None, OCI_MANIFEST),
        (b'{"schemaVersion": 1}', None, "application/json"),
        (b'{"schemaVersion": 2, "manifests": [], "layers": []}', None, OCI_INDEX),
        (BODY, None, OCI_MANIFEST),
    ],
    ids=["other digest", "web page", "no manifest", "schema 1", "ambiguous", "two types"],
)
def test_a_manifest_that_is_not_sound_is_malformed(
    server: FakeServer, client: OCIClient, body: bytes, digest: str | None, kind: str
) -> None:
    server.routes[MANIFEST] = head_then_get(answer(200), manifest_reply(body, digest, kind))
    assert isinstance(failure(client.manifest, V1), MalformedResponse)


def test_a_manifest_that_may_be_cut_short_is_not_believed(
    server: FakeServer, client: OCIClient
) -> None:
    server.routes[MANIFEST] = head_then_get(answer(405), raw(b"HTTP/1.1 200 OK\r\n\r\n" + BODY))
    assert "its content may be incomplete" in str(failure(client.manifest, V1))


@pytest.mark.parametrize("length", [100, 101, 255])
def test_a_media_type_is_never_longer_than_the_inventory_takes(
    server: FakeServer, client: OCIClient, length: int
) -> None:
    kind = f"application/{'x' * (length - 12)}"
    server.routes[MANIFEST] = manifest_reply(kind=kind)
    manifest = client.manifest(V1)
    assert manifest is not None
    assert manifest.media_type == (kind if length <= 100 else "")


def test_a_manifest_that_is_too_large_is_not_read(server: FakeServer, client: OCIClient) -> None:
    large = BODY[:-1] + b" " * 5_000_000 + b"}"
    server.routes[MANIFEST] = head_then_get(answer(200), manifest_reply(large, None))
    assert isinstance(failure(client.manifest, V1), ResponseTooLarge)


@pytest.mark.parametrize(
    "reply",
    [
        oci_error(404, "MANIFEST_UNKNOWN"),
        oci_error(404, "NAME_UNKNOWN"),
        oci_error(404, "NOT_FOUND"),
        answer(404, b"", REGISTRY),
    ],
)
def test_the_registrys_own_not_found_is_absence(
    server: FakeServer, client: OCIClient, reply: Reply
) -> None:
    server.routes[MANIFEST] = reply
    assert client.manifest(V1) is None
    assert [request.method for request in server.requests] == ["HEAD", "GET"]


@pytest.mark.parametrize(
    ("head", "get", "expected"),
    [
        (web_page(404), web_page(404), UnexpectedStatus),
        (answer(404), answer(404), UnexpectedStatus),
        (answer(404, b"", REGISTRY), web_page(404), UnexpectedStatus),
        (answer(404), oci_error(404, "UNAUTHORIZED"), UnexpectedStatus),
        (answer(404), CUT_SHORT_404, UnexpectedStatus),
        (answer(404), LARGE_404, UnexpectedStatus),
        (answer(404), oci_error(403, "DENIED"), AccessDenied),
        (answer(404), answer(503), UnexpectedStatus),
        (answer(404), web_page(200), MalformedResponse),
        (answer(404), answer(410), UnexpectedStatus),
        (answer(403), manifest_reply(), AccessDenied),
        (answer(500), manifest_reply(), UnexpectedStatus),
        (answer(400), manifest_reply(), UnexpectedStatus),
    ],
)
def test_what_is_not_the_registrys_own_not_found_is_no_absence(
    server: FakeServer,
    client: OCIClient,
    head: Reply,
    get: Reply,
    expected: type[RegistryError],
) -> None:
    server.routes[MANIFEST] = head_then_get(head, get)
    assert type(failure(client.manifest, V1)) is expected


def test_addresses_in_a_manifest_are_not_visited(
    server: FakeServer, evil: FakeServer, client: OCIClient
) -> None:
    layer = {"digest": OTHER, "urls": [f"{evil.url}/x"]}
    body = json.dumps({"schemaVersion": 2, "config": {}, "layers": [layer]}).encode()
    server.routes[MANIFEST] = manifest_reply(body, None, OCI_MANIFEST)
    assert client.manifest(V1) is not None
    assert evil.connections == 0
