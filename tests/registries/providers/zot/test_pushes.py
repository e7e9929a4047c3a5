from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from registries.providers.shared.delivery import (
    Action,
    Delivery,
    DeliveryReport,
    MalformedDelivery,
    PushEvent,
    Receiver,
)
from registries.providers.zot.pushes import PUSHES, parse
from registries.transport.origin import Origin

DIGEST = f"sha256:{'a' * 64}"
SECRET = "sécret of both"
RECEIVER = Receiver(Origin.parse("https://zot.example.com"), "https://hg.example/x", SECRET)


def delivery(event: str = "zotregistry.image.updated", **image: Any) -> Delivery:
    image = {
        "name": "team/app",
        "reference": "1.0",
        "digest": DIGEST,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "manifest": '{"annotations":{"author":"Jürgen"}}',
        **image,
    }
    headers = {
        "ce-id": "0b0f2c39-0a5c-4b0b-9d9f-2f3a1f6d8a55",
        "ce-source": "zotregistry.dev",
        "ce-specversion": "1.0",
        "ce-time": "2026-11-23T20:02:31.5Z",
        "ce-type": event,
        "content-type": "application/json",
    }
    body = json.dumps(image, ensure_ascii=False).encode()
    return Delivery({name: value for name, value in headers.items() if value}, body)


def test_a_pushed_tag_is_reported() -> None:
    assert parse(delivery(), RECEIVER) == DeliveryReport(
        event="zotregistry.image.updated",
        id="0b0f2c39-0a5c-4b0b-9d9f-2f3a1f6d8a55",
        events=(PushEvent(Action.PUSHED, "team/app", "1.0", DIGEST),),
    )


def test_a_deleted_tag_is_reported() -> None:
    report = parse(delivery("zotregistry.image.deleted"), RECEIVER)

    assert report.events == (PushEvent(Action.DELETED, "team/app", "1.0", DIGEST),)


def test_an_image_deleted_by_digest_is_reported() -> None:
    report = parse(delivery("zotregistry.image.deleted", reference=DIGEST, digest=""), RECEIVER)

    assert report.events == (PushEvent(Action.DELETED, "team/app", "", DIGEST),)


def test_event_types_may_have_another_prefix() -> None:
    assert parse(delivery("com.example.registry.image.updated"), RECEIVER).events


def test_the_order_of_members_does_not_matter() -> None:
    body = f'{{"digest":"{DIGEST}","reference":"1.0","name":"team/app"}}'.encode()

    assert parse(Delivery(delivery().headers, body), RECEIVER).events


@pytest.mark.parametrize(
    ("ignored", "reason"),
    [
        (delivery("zotregistry.repository.created"), "changes no image"),
        (delivery("zotregistry.image.lint_failed"), "changes no image"),
        (delivery(reference=DIGEST), "no tag changed"),
        (delivery(reference=""), "no tag changed"),
        (delivery(name="Team/../App"), "The repository name violates"),
        (delivery(reference="no/tag"), "The tag violates"),
    ],
)
def test_events_that_change_no_image_are_ignored_with_a_reason(
    ignored: Delivery, reason: str
) -> None:
    report = parse(ignored, RECEIVER)

    assert report.events == ()
    assert reason in report.ignored


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b"{}", b'{"name": 7}', b'{"name": ""}', b"1"]
)
def test_other_payloads_are_malformed(body: bytes) -> None:
    with pytest.raises(MalformedDelivery):
        parse(Delivery(delivery().headers, body), RECEIVER)


def test_a_request_without_an_event_type_is_malformed() -> None:
    with pytest.raises(MalformedDelivery):
        parse(delivery(event=""), RECEIVER)


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("header", "is_let_in"),
    [
        (basic("harborguard", SECRET), True),
        (basic("", SECRET), True),
        (basic("harborguard", f"{SECRET}:more"), False),
        (basic(SECRET, ""), False),
        ("Basic s3cret", False),
        ("Basic /////w==", False),
        (f"Bearer {SECRET}", True),
        (SECRET, True),
        ("", False),
    ],
)
def test_only_deliveries_with_the_shared_secret_are_accepted(header: str, is_let_in: bool) -> None:
    arrived = Delivery({"authorization": header}, b"{}")

    assert PUSHES.verifications[0].check(arrived, RECEIVER) is is_let_in


def test_no_delivery_is_accepted_without_a_secret() -> None:
    receiver = Receiver(RECEIVER.origin, RECEIVER.url, "")

    assert not PUSHES.verifications[0].check(
        Delivery({"authorization": basic("", "")}, b""), receiver
    )


def test_the_steps_produce_a_valid_configuration() -> None:
    events = PUSHES.steps[0].partition("\n")[2].replace("{url}", RECEIVER.url)
    credentials = PUSHES.verifications[0].steps[0].partition("\n")[2].replace("{secret}", SECRET)

    [sink] = json.loads(f"{{{events}}}")["events"]["sinks"]
    assert sink == {"type": "http", "address": RECEIVER.url, "timeout": "5s"}
    assert json.loads(f"{{{credentials}}}")["credentials"]["password"] == SECRET
