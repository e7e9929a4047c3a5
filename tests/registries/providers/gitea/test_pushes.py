from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from registries.providers.gitea.pushes import PUSHES, parse
from registries.providers.shared.delivery import (
    Action,
    Delivery,
    DeliveryReport,
    MalformedDelivery,
    PushEvent,
    Receiver,
)
from registries.transport.origin import Origin

DIGEST = f"sha256:{'a' * 64}"
SECRET = "sécret of both"
RECEIVER = Receiver(Origin.parse("https://codeberg.org"), "https://hg.example/x", SECRET)


def body(action: str = "created", **package: Any) -> bytes:
    owner = {"id": 7, "login": "Team", "full_name": "Tëam", "username": "Team"}
    document = {
        "action": action,
        "package": {
            "id": 12,
            "owner": owner,
            "repository": None,
            "creator": {"id": 8, "login": "jürgen"},
            "type": "container",
            "name": "app",
            "version": "1.0",
            "html_url": "https://git.internal/Team/-/packages/container/app/1.0",
            "created_at": "2026-11-23T20:02:31Z",
            **package,
        },
        "organization": owner,
        "sender": {"id": 8, "login": "jürgen"},
    }
    return json.dumps(document, ensure_ascii=False).encode()


def delivery(content: bytes | None = None, **headers: str) -> Delivery:
    named = {"x-gitea-event": "package", "x-gitea-delivery": "d-1", **headers}
    return Delivery(named, body() if content is None else content)


def report_of(action: str = "created", **package: Any) -> DeliveryReport:
    return parse(delivery(body(action, **package)), RECEIVER)


def test_a_pushed_tag_is_reported() -> None:
    pushed = PushEvent(Action.PUSHED, "team/app", "1.0")

    assert report_of() == DeliveryReport(event="package", id="d-1", events=(pushed,))


def test_a_pushed_tag_is_reported_by_forgejo() -> None:
    headers = {"x-forgejo-event": "package", "x-forgejo-delivery": "d-2"}

    report = parse(Delivery(headers, body()), RECEIVER)

    assert (report.event, report.id) == ("package", "d-2")
    assert report.events


def test_a_deleted_tag_is_reported() -> None:
    assert report_of("deleted").events == (PushEvent(Action.DELETED, "team/app", "1.0"),)


def test_an_image_deleted_by_digest_is_reported() -> None:
    report = report_of("deleted", version=DIGEST)

    assert report.events == (PushEvent(Action.DELETED, "team/app", "", DIGEST),)


def test_other_owners_in_a_site_webhook_are_ignored() -> None:
    mine = replace(RECEIVER, options={"owners": ("TEAM", "more")})
    strangers = replace(RECEIVER, options={"owners": ("more",)})

    assert parse(delivery(), mine).events
    assert parse(delivery(), strangers).events == ()
    assert "owner" in parse(delivery(), strangers).ignored


def test_image_names_may_have_slashes() -> None:
    assert report_of(name="a/b").events[0].repository == "team/a/b"


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (report_of(version=DIGEST), "no tag changed"),
        (report_of(type="npm"), "not a container image"),
        (report_of("archived"), "changes no image"),
        (report_of(name="App"), "The repository name violates"),
        (report_of(version="no/tag"), "The tag violates"),
        (
            parse(delivery(b"{}", **{"x-gitea-event": "push"}), RECEIVER),
            "The event is not about packages",
        ),
    ],
)
def test_events_that_change_no_image_are_ignored_with_a_reason(
    report: DeliveryReport, reason: str
) -> None:
    assert report.events == ()
    assert reason in report.ignored


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"action": "created", "package": []}',
        b'{"action": 1, "package": {"type": "container"}}',
        body(owner=None),
        body(owner={"login": 7}),
        body(name=""),
        body(type=None),
    ],
)
def test_other_payloads_are_malformed(content: bytes) -> None:
    with pytest.raises(MalformedDelivery):
        parse(delivery(content), RECEIVER)


def signature(content: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("header", "prefix"),
    [("x-gitea-signature", ""), ("x-forgejo-signature", ""), ("x-hub-signature-256", "sha256=")],
)
def test_a_signature_over_the_raw_body_is_accepted(header: str, prefix: str) -> None:
    check = PUSHES.verifications[0].check
    content = body()
    signed = {header: f"{prefix}{signature(content)}"}
    reordered = json.dumps(dict(reversed(json.loads(content).items()))).encode()

    assert check(Delivery(signed, content), RECEIVER)
    assert not check(Delivery(signed, reordered), RECEIVER)
    assert not check(Delivery({header: f"{prefix}{signature(content, 'x')}"}, content), RECEIVER)
    assert not check(Delivery({header: ""}, content), RECEIVER)


def test_no_delivery_is_accepted_without_a_secret() -> None:
    receiver = Receiver(RECEIVER.origin, RECEIVER.url, "")
    signed = {"x-gitea-signature": signature(body(), "")}

    assert not PUSHES.verifications[0].check(Delivery(signed, body()), receiver)
