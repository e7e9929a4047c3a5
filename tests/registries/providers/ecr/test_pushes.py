"""ECR's events as sent by EventBridge to an API destination and through an SNS topic."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from registries.errors import AddressBlocked, RegistryError
from registries.providers.ecr import sns as aws_sns
from registries.providers.ecr.pushes import PUSHES
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
from tests.fakes.replies import answer

ACCOUNT, REGION = "123456789012", "eu-central-1"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
SNS = f"https://sns.{REGION}.amazonaws.com"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:pushes"
DIGEST = f"sha256:{'a' * 64}"
SECRET = "s3cret-ü"


def receiver(host: str = HOST, **options: str) -> Receiver:
    return Receiver(
        Origin.parse(f"https://{host}"),
        "https://hg.example/hook",
        SECRET,
        options={"sns_topic_arn": TOPIC, **options},
        addresses=AddressPolicy(allow_loopback=True),
    )


def event(**detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "13cde686-328b-6117-af20-0e5566167482",
        "detail-type": "ECR Image Action",
        "source": "aws.ecr",
        "account": ACCOUNT,
        "time": "2024-11-16T01:54:34Z",
        "region": REGION,
        "resources": [],
        "detail": {
            "result": "SUCCESS",
            "repository-name": "team/app",
            "image-digest": DIGEST,
            "action-type": "PUSH",
            "image-tag": "v1",
            **detail,
        },
    }


def delivery(document: Any, **headers: str) -> Delivery:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Delivery(headers, body)


def parse(document: Any, to: Receiver | None = None) -> Any:
    return PUSHES.parse(delivery(document), to or receiver())


PUSHED = PushEvent(Action.PUSHED, "team/app", "v1", DIGEST)


# Payloads


def test_a_push_is_reported_with_tag_and_digest() -> None:
    report = parse(event())
    assert report.events == (PUSHED,)
    assert (report.event, report.id) == ("ECR Image Action", event()["id"])
    assert report.ignored == ""


def test_a_deletion_may_have_no_tag() -> None:
    tagged = parse(event(**{"action-type": "DELETE"}))
    assert tagged.events == (PushEvent(Action.DELETED, "team/app", "v1", DIGEST),)
    untagged = parse(event(**{"action-type": "DELETE", "image-tag": ""}))
    assert untagged.events == (PushEvent(Action.DELETED, "team/app", "", DIGEST),)


def test_several_events_may_come_as_a_list() -> None:
    report = parse([event(), event(**{"image-tag": "v2"}), event(), event(**{"image-tag": ""})])
    assert [one.tag for one in report.events] == ["v1", "v2"]
    assert report.id == ""


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (event(**{"image-tag": ""}), "no tag changed"),
        (event(result="FAILURE"), "did not succeed"),
        (event(**{"action-type": "SCAN"}), "changes no image"),
        (event() | {"detail-type": "ECR Image Scan"}, "changes no image"),
        (event() | {"source": "my.own"}, "changes no image"),
        (event() | {"account": "999999999999"}, "not from this registry's"),
        (event() | {"region": "us-east-1"}, "not from this registry's"),
        (event(**{"repository-name": "Bad Name"}), "violates the OCI grammar"),
        (event(**{"image-tag": "-bad"}), "violates the OCI grammar"),
        ([], "names no repository"),
    ],
)
def test_events_that_change_no_tag_are_ignored_with_a_reason(document: Any, words: str) -> None:
    report = parse(document)
    assert report.events == ()
    assert words in report.ignored


def test_an_event_without_a_usable_digest_is_reported() -> None:
    report = parse(event(**{"image-digest": "sha256:short"}))
    assert report.events == (PushEvent(Action.PUSHED, "team/app", "v1"),)


def test_a_registry_behind_another_host_is_matched_by_its_options() -> None:
    here = receiver("registry.example.com", registry_id=ACCOUNT, region=REGION)
    assert parse(event(), here).events == (PUSHED,)
    elsewhere = receiver("registry.example.com", registry_id=ACCOUNT, region="us-east-1")
    assert parse(event(), elsewhere).events == ()


@pytest.mark.parametrize(
    "document",
    [
        b"\xff",
        b"",
        b'{"a":' * 5000,
        "text",
        17,
        [[]],
        {},
        event() | {"detail": None},
        event() | {"detail": []},
        event() | {"account": 1},
        event() | {"detail-type": None},
        event(**{"repository-name": None}),
        event(**{"action-type": 7}),
        {"Type": "Notification", "TopicArn": TOPIC},
        {"Type": "Notification", "TopicArn": TOPIC, "Message": "no json"},
        {"Type": "Notification", "TopicArn": TOPIC, "Message": "[1]"},
        {"Type": 1, "TopicArn": TOPIC},
    ],
)
def test_other_payloads_are_malformed(document: Any) -> None:
    with pytest.raises(MalformedDelivery):
        parse(document)


def test_the_order_of_members_does_not_matter() -> None:
    turned = dict(reversed(event(comment="größer").items()))
    assert parse(turned).events == (PUSHED,)


# From an API destination


def test_the_header_verifies_an_api_destination() -> None:
    check = next(one for one in PUSHES.verifications if one.slug == "api_destination").check
    assert check(delivery(event(), **{"x-harborguard-secret": SECRET}), receiver())
    for headers in ({}, {"x-harborguard-secret": "other"}, {"x-harborguard-secret": ""}):
        assert not check(delivery(event(), **headers), receiver())


# Through an SNS topic


@lru_cache(maxsize=2)
def signer(name: str) -> tuple[rsa.RSAPrivateKey, bytes]:
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
    return key, certificate.public_bytes(Encoding.PEM)


MEMBERS = {
    "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
    "SubscriptionConfirmation": [
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ],
}


def envelope(
    kind: str = "Notification", version: str = "2", who: str = "sns", **members: Any
) -> dict[str, Any]:
    """Return a message signed like SNS does."""
    message: dict[str, Any] = {
        "Type": kind,
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": json.dumps(event(comment="größer")),
        "Timestamp": "2024-11-16T01:54:35.000Z",
        "SignatureVersion": version,
        "SigningCertURL": f"{SNS}/SimpleNotificationService-0123456789abcdef.pem",
        **members,
    }
    if kind == "SubscriptionConfirmation":
        message["Token"] = "2336412f37"
        query = f"Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"
        message.setdefault("SubscribeURL", f"{SNS}/?{query}")
    text = "".join(f"{name}\n{message[name]}\n" for name in MEMBERS[kind] if name in message)
    algorithm = SHA1() if version == "1" else SHA256()
    signature = signer(who)[0].sign(text.encode(), padding.PKCS1v15(), algorithm)
    return message | {"Signature": base64.b64encode(signature).decode()}


@pytest.fixture
def sns(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    """A fake of sns.eu-central-1.amazonaws.com."""
    with fake_server({"*": answer(200, signer("sns")[1]), "/": answer(200, b"<ok/>")}) as server:

        def origin(host: str) -> Origin:
            assert host == SNS.removeprefix("https://")
            return server.origin

        monkeypatch.setattr(aws_sns, "_origin", origin)
        aws_sns._key.cache_clear()
        yield server
        aws_sns._key.cache_clear()


def is_of_topic(document: Any, to: Receiver | None = None) -> bool:
    check = next(one for one in PUSHES.verifications if one.slug == "sns").check
    return check(delivery(document), to or receiver())


@pytest.mark.parametrize("version", ["1", "2"])
def test_the_signature_verifies_a_topic(sns: FakeServer, version: str) -> None:
    message = envelope(version=version)
    assert is_of_topic(message)
    assert is_of_topic(dict(reversed(message.items())))
    assert is_of_topic(envelope(version=version, Subject="With a subject"))
    report = parse(message)
    assert report.events == (PUSHED,)
    assert report.id == message["MessageId"]


def test_the_certificate_is_fetched_once(sns: FakeServer) -> None:
    assert is_of_topic(envelope())
    assert is_of_topic(envelope())
    assert [request.target for request in sns.requests] == [
        "/SimpleNotificationService-0123456789abcdef.pem"
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"Message": json.dumps(event(**{"image-tag": "other"}))},
        {"Signature": base64.b64encode(b"x" * 256).decode()},
        {"Signature": "no base64"},
        {"Signature": None},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": ["2"]},
        {"Type": "SubscriptionConfirmation"},
        {"Type": "Unknown"},
        {"TopicArn": f"{TOPIC}-other"},
    ],
)
def test_a_modified_message_is_rejected(sns: FakeServer, change: dict[str, Any]) -> None:
    assert not is_of_topic(envelope() | change)


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.us-east-1.amazonaws.com/x.pem",
        f"{SNS}.evil.example/x.pem",
        "https://evil.example/x.pem",
        f"https://evil.example/?{SNS}/x.pem",
        f"{SNS}@evil.example/x.pem",
        f"{SNS}:8443/x.pem",
        f"{SNS}/../x.pem",
        f"{SNS}/x.pem?a=b",
        f"{SNS}/a/b.pem",
        f"{SNS}/x.pem\n",
        SNS.replace("https", "http") + "/x.pem",
        "//evil.example/x.pem",
        "",
        None,
        7,
    ],
)
def test_a_certificate_of_another_host_is_not_fetched(sns: FakeServer, url: Any) -> None:
    assert not is_of_topic(envelope(SigningCertURL=url))
    assert sns.requests == []


def test_a_message_of_another_topic_is_rejected_before_any_request(sns: FakeServer) -> None:
    assert not is_of_topic(envelope(), receiver(sns_topic_arn=f"{TOPIC}-other"))
    assert not is_of_topic(envelope(), receiver(sns_topic_arn=""))
    assert not is_of_topic(envelope(TopicArn=f"{TOPIC}-other"))
    assert sns.requests == []


def test_a_message_signed_with_another_certificate_is_rejected(sns: FakeServer) -> None:
    assert not is_of_topic(envelope(who="somebody else"))


@pytest.mark.parametrize("reply", [answer(404), answer(302), answer(503)])
def test_a_message_cannot_be_verified_without_the_certificate(sns: FakeServer, reply: Any) -> None:
    sns.routes["*"] = reply
    with pytest.raises(RegistryError):
        is_of_topic(envelope())


def test_an_invalid_certificate_verifies_nothing(sns: FakeServer) -> None:
    sns.routes["*"] = answer(200, b"no certificate")
    assert not is_of_topic(envelope())


def test_blocked_addresses_are_not_called(sns: FakeServer) -> None:
    here = receiver()
    careful = Receiver(here.origin, here.url, here.secret, here.options)
    with pytest.raises(AddressBlocked):
        is_of_topic(envelope(), careful)
    assert sns.requests == []


@pytest.mark.parametrize("document", [b"no json", [], "x", {}, {"Type": "Notification"}])
def test_other_payloads_are_not_from_a_topic(sns: FakeServer, document: Any) -> None:
    assert not is_of_topic(document)


def handshake(document: Any) -> Any:
    assert PUSHES.handshake
    return PUSHES.handshake(delivery(document), receiver())


def test_a_subscription_is_confirmed_at_sns(sns: FakeServer) -> None:
    message = envelope("SubscriptionConfirmation")
    answered = handshake(message)
    assert answered is not None
    assert answered.status == 200
    (confirmation,) = sns.asked("/")
    assert confirmation.query == {
        "Action": ["ConfirmSubscription"],
        "TopicArn": [TOPIC],
        "Token": ["2336412f37"],
    }
    assert parse(message).events == ()
    assert parse(message).ignored


@pytest.mark.parametrize(
    "message",
    [
        envelope(),
        envelope("SubscriptionConfirmation", who="somebody else"),
        envelope("SubscriptionConfirmation") | {"Token": "other"},
        envelope("SubscriptionConfirmation", TopicArn=f"{TOPIC}-other"),
        {"Type": "SubscriptionConfirmation"},
        event(),
        [],
    ],
)
def test_only_signed_subscriptions_are_confirmed(sns: FakeServer, message: Any) -> None:
    assert handshake(message) is None
    assert sns.asked("/") == []


@pytest.mark.parametrize(
    "url", ["https://evil.example/?Action=ConfirmSubscription", f"{SNS}/elsewhere?a=b", ""]
)
def test_a_subscription_at_another_host_is_not_confirmed(sns: FakeServer, url: Any) -> None:
    with pytest.raises(RegistryError):
        handshake(envelope("SubscriptionConfirmation", SubscribeURL=url))
    assert sns.asked("/") == []


def test_a_failed_confirmation_is_an_error(sns: FakeServer) -> None:
    sns.routes["/"] = answer(500)
    with pytest.raises(RegistryError):
        handshake(envelope("SubscriptionConfirmation"))


def test_the_end_of_a_subscription_is_reported() -> None:
    message = {"Type": "UnsubscribeConfirmation", "TopicArn": TOPIC, "MessageId": "1"}
    assert "has ended" in parse(message).ignored
