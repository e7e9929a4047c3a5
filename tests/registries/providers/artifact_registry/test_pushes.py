"""Notifications of Artifact Registry, as sent by a Pub/Sub subscription."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from google.auth import crypt, jwt

from registries.errors import AddressBlocked, RegistryError
from registries.providers.artifact_registry import identity
from registries.providers.artifact_registry.pushes import PUSHES
from registries.providers.shared.delivery import (
    Action,
    Delivery,
    MalformedDelivery,
    PushEvent,
    Receiver,
)
from registries.transport.origin import Origin
from registries.transport.policy import AddressPolicy
from tests.fakes.http_server import FakeServer, fake_server
from tests.fakes.replies import answer, answer_json, web_page

HOST = "europe-west3-docker.pkg.dev"
IMAGE = f"{HOST}/team-project/docker/group/app"
NAME = "team-project/docker/group/app"
DIGEST = f"sha256:{'a' * 64}"
URL = "https://hg.example/api/webhooks/artifact-registry/abc"
ACCOUNT = "pushes@team-project.iam.gserviceaccount.com"


def receiver(host: str = HOST, **options: str) -> Receiver:
    return Receiver(
        Origin.parse(f"https://{host}"),
        URL,
        "",
        options={"push_account": ACCOUNT, **options},
        addresses=AddressPolicy(allow_loopback=True),
    )


def envelope(said: Any) -> dict[str, Any]:
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    return {
        "message": {
            "data": base64.b64encode(data).decode(),
            "messageId": "136969346945",
            "publishTime": "2024-02-19T05:16:01.665Z",
            "attributes": {},
        },
        "subscription": "projects/team-project/subscriptions/pushes",
    }


def delivery(document: Any, **headers: str) -> Delivery:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Delivery(headers, body)


def parse(said: Any, to: Receiver | None = None) -> Any:
    return PUSHES.parse(delivery(envelope(said)), to or receiver())


INSERTED = {"action": "INSERT", "digest": f"{IMAGE}@{DIGEST}", "tag": f"{IMAGE}:v1"}


# Payloads


def test_a_push_is_reported_with_tag_and_digest() -> None:
    report = parse(INSERTED)
    assert report.events == (PushEvent(Action.PUSHED, NAME, "v1", DIGEST),)
    assert (report.event, report.id) == ("INSERT", "136969346945")


def test_a_deleted_tag_is_reported_without_a_digest() -> None:
    report = parse({"action": "DELETE", "tag": f"{IMAGE}:v1"})
    assert report.events == (PushEvent(Action.DELETED, NAME, "v1"),)


def test_a_deleted_digest_is_reported_without_a_tag() -> None:
    report = parse({"action": "DELETE", "digest": f"{IMAGE}@{DIGEST}"})
    assert report.events == (PushEvent(Action.DELETED, NAME, "", DIGEST),)


def test_gcr_has_shorter_names() -> None:
    said = {"action": "INSERT", "tag": "gcr.io/team-project/app:v1"}
    assert parse(said, receiver("gcr.io")).events == (
        PushEvent(Action.PUSHED, "team-project/app", "v1"),
    )
    of_a_domain = {"action": "INSERT", "tag": "gcr.io/example.com/team/app:v1"}
    assert parse(of_a_domain, receiver("gcr.io")).events == (
        PushEvent(Action.PUSHED, "example.com/team/app", "v1"),
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"action": "INSERT", "digest": f"{IMAGE}@{DIGEST}"}, "no tag changed"),
        ({"action": "UPDATE", "tag": f"{IMAGE}:v1"}, "changes no image"),
        ({"action": "INSERT", "tag": f"us-{IMAGE}:v1"}, "not at this registry"),
        ({"action": "INSERT", "tag": "gcr.io/team-project/app:v1"}, "not at this registry"),
        ({"action": "INSERT", "tag": f"{HOST}/team-project/docker:v1"}, "names no image"),
        ({"action": "INSERT", "tag": f"{IMAGE}/Bad Name:v1"}, "violates the OCI grammar"),
        ({"action": "INSERT", "tag": f"{IMAGE}:-bad"}, "violates the OCI grammar"),
    ],
)
def test_events_that_change_no_tag_are_ignored_with_a_reason(said: Any, words: str) -> None:
    report = parse(said)
    assert report.events == ()
    assert words in report.ignored


def test_other_projects_and_repositories_are_ignored() -> None:
    mine = Receiver(
        Origin.parse(f"https://{HOST}"),
        URL,
        "",
        options={"project": "team-project", "repositories": ("docker",)},
    )
    assert parse(INSERTED, mine).events
    for image in ("strangers/docker/app", "team-project/other/app"):
        report = parse({"action": "INSERT", "tag": f"{HOST}/{image}:v1"}, mine)
        assert report.events == ()
        assert "this connection" in report.ignored


def test_a_domain_scoped_project_matches_the_connection() -> None:
    said = {"action": "INSERT", "tag": "gcr.io/example.com/team/app:v1"}
    assert parse(said, receiver("gcr.io", project="example.com:team")).events
    assert not parse(said, receiver("gcr.io", project="example.com:other")).events


@pytest.mark.parametrize(
    "said",
    [
        b"\xff\xfe",
        b"",
        [],
        1,
        {},
        {"action": 1},
        {"action": "INSERT"},
        {"action": "INSERT", "tag": 7},
    ],
)
def test_other_payloads_are_malformed(said: Any) -> None:
    with pytest.raises(MalformedDelivery):
        parse(said)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff",
        [],
        {},
        {"message": None},
        {"message": {"data": 1}},
        {"message": {"data": "ü"}},
        {"message": {"data": "e30"}},
        {"message": {}},
    ],
)
def test_a_request_without_a_message_is_malformed(document: Any) -> None:
    with pytest.raises(MalformedDelivery):
        PUSHES.parse(delivery(document), receiver())


def test_the_order_of_members_does_not_matter() -> None:
    turned = dict(reversed(envelope({**INSERTED, "comment": "größer"}).items()))
    assert PUSHES.parse(delivery(turned), receiver()).events == parse(INSERTED).events


# Verification


@lru_cache(maxsize=2)
def signer(name: str) -> tuple[bytes, str]:
    """Return a private key and its certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, certificate.public_bytes(Encoding.PEM).decode()


def token(who: str = "google", **claims: Any) -> str:
    now = int(time.time())
    payload = {
        "iss": "https://accounts.google.com",
        "aud": URL,
        "email": ACCOUNT,
        "email_verified": True,
        "sub": "1",
        "iat": now,
        "exp": now + 3600,
        **claims,
    }
    key = crypt.RSASigner.from_string(signer(who)[0].decode(), key_id="key-1")  # type: ignore[no-untyped-call]
    signed: bytes = jwt.encode(key, payload)  # type: ignore[no-untyped-call]
    return signed.decode()


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    """A fake of www.googleapis.com."""
    known = answer_json(
        {"key-1": signer("google")[1]}, headers={"Cache-Control": "public, max-age=600"}
    )
    with fake_server({"/oauth2/v1/certs": known}) as server:
        monkeypatch.setattr(identity, "CERTIFICATES", f"{server.url}/oauth2/v1/certs")
        identity._certificates.cache_clear()
        yield server
        identity._certificates.cache_clear()


def is_of_account(header: str, to: Receiver | None = None) -> bool:
    (verification,) = PUSHES.verifications
    return verification.check(delivery(envelope(INSERTED), authorization=header), to or receiver())


def test_a_token_of_google_verifies_pubsub(google: FakeServer) -> None:
    assert is_of_account(f"Bearer {token()}")
    assert is_of_account(f"bearer {token(iss='accounts.google.com')}")


def test_certificates_are_cached_while_valid(google: FakeServer) -> None:
    for _ in range(3):
        assert is_of_account(f"Bearer {token()}")
    assert len(google.requests) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "somebody@team-project.iam.gserviceaccount.com"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"iss": "https://evil.example"},
        {"aud": "https://hg.example/api/webhooks/artifact-registry/other"},
        {"aud": ""},
        {"exp": int(time.time()) - 600},
        {"iat": int(time.time()) + 600},
    ],
)
def test_a_token_of_google_for_another_audience_is_rejected(
    google: FakeServer, claims: dict[str, Any]
) -> None:
    assert not is_of_account(f"Bearer {token(**claims)}")


def test_a_token_of_another_account_is_rejected(google: FakeServer) -> None:
    assert not is_of_account(f"Bearer {token('somebody else')}")


def unsigned() -> str:
    head, claims, _ = token().split(".")
    none = base64.urlsafe_b64encode(b'{"alg": "none", "typ": "JWT"}').decode().rstrip("=")
    return f"{none}.{claims}." if head else ""


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic abc", "Bearer ü.ü.ü", f"Bearer {'x' * 9000}"],
)
def test_an_invalid_token_is_rejected(google: FakeServer, header: str) -> None:
    assert not is_of_account(header)


def test_a_deeply_nested_token_is_rejected(google: FakeServer) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("=")
    assert not is_of_account(f"Bearer {deep}.e30.AAAA")


def test_a_token_without_a_signature_is_rejected(google: FakeServer) -> None:
    assert not is_of_account(f"Bearer {unsigned()}")


def test_the_audience_can_be_configured(google: FakeServer) -> None:
    named = receiver(push_audience="harborguard")
    assert is_of_account(f"Bearer {token(aud='harborguard')}", named)
    assert not is_of_account(f"Bearer {token()}", named)


def test_no_delivery_is_accepted_without_a_configured_account(google: FakeServer) -> None:
    assert not is_of_account(f"Bearer {token(email='')}", receiver(push_account=""))
    assert google.requests == []


@pytest.mark.parametrize("reply", [answer(500), web_page(), answer_json([]), answer(302)])
def test_a_token_cannot_be_verified_without_googles_certificates(
    google: FakeServer, reply: Any
) -> None:
    google.routes["/oauth2/v1/certs"] = reply
    with pytest.raises(RegistryError):
        is_of_account(f"Bearer {token()}")


def test_a_token_signed_with_an_unknown_key_is_rejected(google: FakeServer) -> None:
    google.routes["/oauth2/v1/certs"] = answer_json({"other": signer("google")[1]})
    assert not is_of_account(f"Bearer {token()}")


def test_blocked_addresses_are_not_called(google: FakeServer) -> None:
    here = receiver()
    careful = Receiver(here.origin, here.url, here.secret, here.options)
    with pytest.raises(AddressBlocked):
        is_of_account(f"Bearer {token()}", careful)
    assert google.requests == []
