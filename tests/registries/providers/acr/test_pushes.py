"""Events of Azure Container Registry, in its webhooks and in Event Grid."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registries.oci.media_types import DOCKER_MANIFEST
from registries.providers.acr.pushes import PUSHES, handshake, parse
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
RECEIVER = Receiver(Origin.parse("https://team.azurecr.io"), "https://hg.example/x", "sécret")
PUSHED = PushEvent(Action.PUSHED, "team/app", "v1", DIGEST)
DELETED = PushEvent(Action.DELETED, "team/app", "", DIGEST)


def said(action: str = "push", host: str = "team.azurecr.io", **target: Any) -> dict[str, Any]:
    """Return the payload of a webhook."""
    target = {"repository": "team/app", "tag": "v1", "digest": DIGEST, **target}
    return {
        "id": "cb8c3971-9adc-488b-xxxx-43cbb4974ff5",
        "timestamp": "2026-11-17T16:52:01.343145347Z",
        "action": action,
        "target": {
            "mediaType": DOCKER_MANIFEST,
            "size": 524,
            "length": 524,
            **{name: value for name, value in target.items() if value is not None},
        },
        "request": {
            "id": "3cbb6949-7549-4fa1-xxxx-a6d5451dffc7",
            "host": host,
            "method": "PUT",
            "useragent": "docker/27.0 (jürgen's)",
        },
    }


def event(kind: str = "ImagePushed", number: str = "e-1", **members: Any) -> dict[str, Any]:
    """Return the payload in Event Grid's own schema."""
    return {
        "id": number,
        "topic": "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/x",
        "subject": "team/app:v1",
        "eventType": f"Microsoft.ContainerRegistry.{kind}",
        "eventTime": "2026-11-17T16:52:01.6549614Z",
        "data": said("delete" if kind == "ImageDeleted" else "push", **members),
        "dataVersion": "1.0",
        "metadataVersion": "1",
    }


def validation(code: Any = "512d38b6-c7b8-40c8-89fe-f46f9e9622b6") -> dict[str, Any]:
    return {
        "id": "2d1781af-3a4c-4d7c-bd0c-e34b19da4e66",
        "topic": "/subscriptions/s",
        "subject": "",
        "data": {"validationCode": code, "validationUrl": "https://rp.example/validate?id=1"},
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "eventTime": "2026-01-25T22:12:19.4556811Z",
        "metadataVersion": "1",
        "dataVersion": "1",
    }


def delivery(document: Any, **headers: str) -> Delivery:
    return Delivery(headers, json.dumps(document, ensure_ascii=False).encode())


def report_of(document: Any, receiver: Receiver = RECEIVER) -> DeliveryReport:
    return parse(delivery(document), receiver)


def test_a_push_in_a_webhook_is_reported() -> None:
    assert report_of(said()) == DeliveryReport(
        "push", "cb8c3971-9adc-488b-xxxx-43cbb4974ff5", (PUSHED,)
    )


def test_a_deleted_manifest_in_a_webhook_is_reported() -> None:
    assert report_of(said("delete", tag=None)).events == (DELETED,)


def test_the_order_of_members_does_not_matter() -> None:
    reordered = dict(reversed(said().items()))
    assert report_of(reordered).events == (PUSHED,)


@pytest.mark.parametrize("kind", ["ImagePushed", "ImageDeleted"])
def test_event_grid_reports_the_same(kind: str) -> None:
    tag = None if kind == "ImageDeleted" else "v1"
    expected = DELETED if kind == "ImageDeleted" else PUSHED
    report = report_of([event(kind, tag=tag)])
    assert report == DeliveryReport(f"Microsoft.ContainerRegistry.{kind}", "e-1", (expected,))


def test_event_grid_reports_the_same_in_cloudevents() -> None:
    own = event()
    as_cloud_event = {
        "specversion": "1.0",
        "type": own["eventType"],
        "source": own["topic"],
        "id": "e-1",
        "time": own["eventTime"],
        "data": own["data"],
    }
    assert report_of([as_cloud_event]).events == report_of(as_cloud_event).events == (PUSHED,)


def test_event_grid_reports_several_events_at_once() -> None:
    report = report_of(
        [event(), event(number="e-2", tag="v2"), event(number="e-3"), event("ChartPushed")]
    )
    assert report.events == (PUSHED, PushEvent(Action.PUSHED, "team/app", "v2", DIGEST))
    # They may be sent again one by one, so no ID identifies all of them.
    assert report.id == ""


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"id": "1", "action": "ping", "timestamp": "x"}, "The webhook was tested"),
        (said("quarantine"), "changes no image"),
        (said("chart_push"), "changes no image"),
        (said("chart_delete"), "changes no image"),
        ([event("ChartPushed")], "changes no image"),
        ([{**event(), "eventType": "Microsoft.Storage.BlobCreated"}], "changes no image"),
        (said(tag=None), "no tag changed"),
        (said(tag=""), "no tag changed"),
        (said(host="other.azurecr.io"), "another registry"),
        ([event(host="other.azurecr.io")], "another registry"),
        (said(repository="Team/../App"), "The repository name violates"),
        (said(tag="no/tag"), "The tag violates"),
    ],
)
def test_events_that_change_no_image_are_ignored_with_a_reason(document: Any, reason: str) -> None:
    report = report_of(document)
    assert report.events == ()
    assert reason in report.ignored


@pytest.mark.parametrize("host", ["TEAM.azurecr.io", "team.azurecr.io", ""])
def test_events_of_the_registrys_host_are_reported(host: str) -> None:
    assert report_of(said(host=host)).events == (PUSHED,)


def test_events_of_a_host_with_a_port_are_reported() -> None:
    receiver = Receiver(Origin.parse("https://team.azurecr.io:8443"), "https://hg.example/x", "s")
    assert report_of(said(host="team.azurecr.io:8443"), receiver).events == (PUSHED,)


def test_an_invalid_digest_is_omitted() -> None:
    assert report_of(said(digest="md5:x")).events == (PushEvent(Action.PUSHED, "team/app", "v1"),)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        [1],
        "text",
        None,
        7,
        {"action": 7},
        {"action": ""},
        {"action": "push"},
        {"action": "push", "target": []},
        {"action": "push", "target": {"repository": ["x"]}},
        [{"eventType": 7}],
        [{"eventType": "Microsoft.ContainerRegistry.ImagePushed"}],
        [{"eventType": "Microsoft.ContainerRegistry.ImagePushed", "data": "x"}],
        [event(), "text"],
        [validation(7)],
        [validation("")],
        [validation("x" * 513)],
        [event()] * 5001,
    ],
)
def test_payloads_that_the_product_does_not_send_are_malformed(document: Any) -> None:
    with pytest.raises(MalformedDelivery):
        report_of(document)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": NaN}'])
def test_a_body_that_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedDelivery):
        parse(Delivery({}, body), RECEIVER)
    assert handshake(Delivery({}, body), RECEIVER) is None


def test_other_members_do_not_matter() -> None:
    document = {**said(), "request": "x", "id": 7}
    assert report_of(document) == DeliveryReport("push", "", (PUSHED,))


def test_the_validation_code_is_echoed_to_event_grid() -> None:
    answer = HandshakeAnswer({"validationResponse": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"})
    sent = delivery([validation()], **{"aeg-event-type": "SubscriptionValidation"})
    assert handshake(sent, RECEIVER) == answer
    report = parse(sent, RECEIVER)
    assert (report.answer, report.events) == (answer, ())
    assert report.ignored


@pytest.mark.parametrize("code", [None, 7, "", "x" * 600, "a\n", "é"])
def test_a_handshake_without_a_usable_code_is_ignored(code: Any) -> None:
    assert handshake(delivery([validation(code)]), RECEIVER) is None
    with pytest.raises(MalformedDelivery):
        report_of([validation(code)])


@pytest.mark.parametrize("document", [said(), [event()], [], 7])
def test_nothing_else_is_a_handshake(document: Any) -> None:
    assert handshake(delivery(document), RECEIVER) is None


@pytest.mark.parametrize(
    ("header", "is_proof"),
    [
        ("Bearer sécret", True),
        ("sécret", True),
        ("Bearer secret", False),
        ("Bearer ", False),
        ("", False),
    ],
)
def test_the_authorization_header_verifies_a_delivery(header: str, is_proof: bool) -> None:
    check = PUSHES.verifications[0].check
    assert check(delivery(said(), authorization=header), RECEIVER) is is_proof


def test_no_delivery_is_verified_without_a_secret() -> None:
    receiver = Receiver(RECEIVER.origin, RECEIVER.url, "")
    assert not PUSHES.verifications[0].check(delivery(said(), authorization="Bearer "), receiver)
