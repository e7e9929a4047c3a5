from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from registries.providers.ghcr.pushes import PUSHES, parse
from registries.providers.shared.delivery import (
    Action,
    Delivery,
    DeliveryReport,
    HandshakeAnswer,
    MalformedDelivery,
    PushEvent,
    Receiver,
)
from registries.transport.origin import Origin

DIGEST = f"sha256:{'a' * 64}"
SECRET = "geheimes Wort"
RECEIVER = Receiver(Origin.parse("https://ghcr.io"), "https://hg.example/x", SECRET)


def document(
    event: str = "package", package: dict[str, Any] | None = None, **version: Any
) -> dict[str, Any]:
    """Return the example of GitHub's documentation, without members that are not read."""
    return {
        "action": "published",
        event: {
            "id": 10696,
            "name": "Shop",
            "namespace": "Team",
            "description": "Für den Laden",
            "ecosystem": "CONTAINER",
            "package_type": "CONTAINER",
            "html_url": "https://github.com/orgs/Team/packages/10696",
            "owner": {"login": "Team", "id": 1, "type": "Organization"},
            "package_version": {
                "id": 3,
                "version": DIGEST,
                "name": DIGEST,
                "container_metadata": {
                    "tag": {"name": "v1", "digest": DIGEST},
                    "labels": {"description": "", "image_url": ""},
                    "manifest": {"digest": DIGEST, "media_type": "x/y", "size": 1},
                },
                "package_url": "ghcr.io/Team/Shop:v1",
                **version,
            },
            **(package or {}),
        },
        "organization": {"login": "Team"},
        "sender": {"login": "jürgen"},
    }


def delivery(said: Any, event: str = "package", **headers: str) -> Delivery:
    body = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
    sent = {"content-type": "application/json", "x-github-event": event, "x-github-delivery": "7"}
    return Delivery(sent | headers, body)


def report_of(said: Any, event: str = "package", receiver: Receiver = RECEIVER) -> DeliveryReport:
    return parse(delivery(said, event), receiver)


@pytest.mark.parametrize("event", ["package", "registry_package"])
@pytest.mark.parametrize("action", ["published", "updated"])
def test_a_pushed_tag_is_reported_in_lower_case(event: str, action: str) -> None:
    pushed = PushEvent(Action.PUSHED, "team/shop", "v1", DIGEST)
    said = document(event) | {"action": action}
    assert report_of(said, event) == DeliveryReport(f"{event} {action}", "7", (pushed,))


def test_the_order_of_members_does_not_matter() -> None:
    said = document()
    assert report_of(dict(reversed(said.items()))) == report_of(said)


def test_a_form_reports_the_same() -> None:
    body = urlencode({"payload": json.dumps(document(), ensure_ascii=False)}).encode()
    form = "application/x-www-form-urlencoded; charset=utf-8"
    sent = Delivery({**delivery({}).headers, "content-type": form}, body)
    assert parse(sent, RECEIVER) == report_of(document())


def test_a_ping_is_answered_and_ignored() -> None:
    report = report_of({"zen": "Keep it logically awesome.", "hook_id": 1}, "ping")
    assert (report.events, report.answer) == ((), HandshakeAnswer({"message": "pong"}))
    assert report.ignored


@pytest.mark.parametrize(
    "metadata",
    [{"tag": {"name": "", "digest": ""}}, {"tag": {}}, {"tag": None}, {}, None, []],
)
def test_an_image_within_an_index_is_ignored(metadata: object) -> None:
    report = report_of(document(container_metadata=metadata))
    assert report.events == ()
    assert "no tag changed" in report.ignored


@pytest.mark.parametrize(
    ("said", "event"),
    [
        (document() | {"action": "deleted"}, "package"),
        (document(package={"package_type": "npm"}), "package"),
        (document(package={"package_version": None}), "package"),
        (document(package_url="containers.example.com/team/shop:v1"), "package"),
        (document(package_url="ghcr.io.evil.example/team/shop:v1"), "package"),
        (document(package={"name": "../../etc"}), "package"),
        (document(container_metadata={"tag": {"name": "-x"}}), "package"),
        ({"ref": "refs/heads/main"}, "push"),
    ],
)
def test_other_events_are_ignored_with_a_reason(said: Any, event: str) -> None:
    report = report_of(said, event)
    assert report.events == ()
    assert report.ignored


@pytest.mark.parametrize("url", ["", None, "https://ghcr.io/team/shop:v1", "GHCR.io/Team/Shop:"])
def test_events_with_the_registrys_host_or_none_are_reported(url: str | None) -> None:
    assert len(report_of(document(package_url=url)).events) == 1


@pytest.mark.parametrize(
    ("owners", "is_reported"), [(("Team",), True), (("others", "team"), True), (("others",), False)]
)
def test_only_owners_of_the_connection_are_reported(
    owners: tuple[str, ...], is_reported: bool
) -> None:
    receiver = Receiver(RECEIVER.origin, RECEIVER.url, SECRET, {"owners": owners})
    assert bool(report_of(document(), receiver=receiver).events) == is_reported


def test_an_invalid_digest_is_omitted() -> None:
    tag = {"tag": {"name": "v1", "digest": "sha256:short"}}
    [event] = report_of(document(container_metadata=tag)).events
    assert event == PushEvent(Action.PUSHED, "team/shop", "v1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b'{"action": "published"}',
        b'{"action": 1, "package": {}}',
        b'{"action": "published", "package": []}',
        b'{"action": "published", "package": {"package_type": "container"}}',
        b'{"action": "published", "package": {"package_type": "container", "owner": []}}',
        json.dumps(document(package={"name": 7})).encode(),
        json.dumps(document(package={"package_version": "v1"})).encode(),
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_other_payloads_are_malformed(body: bytes, content_type: str) -> None:
    if content_type != "application/json":
        body = b"payload=" + body.replace(b"%", b"%25").replace(b"&", b"%26")
    sent = delivery(body, **{"content-type": content_type})
    with pytest.raises(MalformedDelivery):
        parse(sent, RECEIVER)


def test_a_request_without_an_event_is_malformed() -> None:
    with pytest.raises(MalformedDelivery):
        report_of(document(), "")


def test_a_form_of_too_many_fields_is_malformed() -> None:
    body = b"&".join(b"a=1" for _ in range(100))
    sent = delivery(body, **{"content-type": "application/x-www-form-urlencoded"})
    with pytest.raises(MalformedDelivery):
        parse(sent, RECEIVER)


def test_only_deliveries_signed_over_the_raw_body_are_accepted() -> None:
    said = delivery(document())
    signature = hmac.new(SECRET.encode(), said.body, hashlib.sha256).hexdigest()
    [verification] = PUSHES.verifications

    def is_let_in(given: str, body: bytes = said.body) -> bool:
        sent = Delivery({"x-hub-signature-256": given}, body)
        return verification.check(sent, RECEIVER)

    assert is_let_in(f"sha256={signature}")
    assert not is_let_in(signature)
    assert not is_let_in(f"sha256={signature[:-1]}0")
    assert not is_let_in("")
    assert not is_let_in(f"sha256={signature}", json.dumps(document()).encode())
