"""Notifications of CNCF Distribution, as documented and as sent by the real registry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from registries.oci.media_types import ACCEPT_MANIFESTS, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from registries.providers.distribution.pushes import PUSHES, parse
from registries.providers.shared.delivery import (
    Action,
    Delivery,
    DeliveryReport,
    MalformedDelivery,
    PushEvent,
    Receiver,
)
from registries.transport.origin import Origin
from tests.fakes.http_server import FakeServer, fake_server
from tests.fakes.replies import answer
from tests.services.notifications import notifications_to
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.wait import wait_until

DIGEST = f"sha256:{'a' * 64}"
SECRET = "sécret of both"
RECEIVER = Receiver(Origin.parse("https://registry.example.com"), "https://hg.example/x", SECRET)
V1 = "application/vnd.docker.distribution.events.v1+json"
V2 = "application/vnd.docker.distribution.events.v2+json"


def event(action: str = "push", number: str = "e-1", **target: Any) -> dict[str, Any]:
    target = {"mediaType": OCI_MANIFEST, "digest": DIGEST, "repository": "team/app", **target}
    return {
        "id": number,
        "timestamp": "2026-11-23T20:02:31.123456789Z",
        "action": action,
        "target": {
            "size": 708,
            "length": 708,
            "url": f"http://registry:5000/v2/team/app/manifests/{DIGEST}",
            **{name: value for name, value in target.items() if value is not None},
        },
        "request": {
            "id": "r-1",
            "addr": "10.0.0.7:50514",
            "host": "registry:5000",
            "method": "PUT",
            "useragent": "docker/27.0",
        },
        "actor": {"name": "jürgen"},
        "source": {"addr": "4f0f7d5c5b3a:5000", "instanceID": "i-1"},
    }


def delivery(*events: Any, content_type: str = V1, **headers: str) -> Delivery:
    body = json.dumps({"events": list(events)}, ensure_ascii=False).encode()
    return Delivery({"content-type": content_type, **headers}, body)


def report_of(*events: Any) -> DeliveryReport:
    return parse(delivery(*events), RECEIVER)


@pytest.mark.parametrize("content_type", [V1, V2, "application/json"])
def test_a_pushed_tag_is_reported(content_type: str) -> None:
    report = parse(delivery(event(tag="1.0"), content_type=content_type), RECEIVER)

    pushed = PushEvent(Action.PUSHED, "team/app", "1.0", DIGEST)
    assert report == DeliveryReport(event="push", id="e-1", events=(pushed,))


@pytest.mark.parametrize(
    "media_type",
    [OCI_INDEX, DOCKER_MANIFEST, "application/vnd.docker.distribution.manifest.v1+prettyjws"],
)
def test_every_kind_of_manifest_is_an_image(media_type: str) -> None:
    assert report_of(event(tag="1.0", mediaType=media_type)).events


def test_a_mounted_manifest_is_a_pushed_one() -> None:
    report = report_of(event("mount", tag="1.0", fromRepository="team/base"))

    assert report.events == (PushEvent(Action.PUSHED, "team/app", "1.0", DIGEST),)


def test_a_manifest_deleted_by_digest_is_reported() -> None:
    report = report_of(event("delete", mediaType=None))

    assert report.events == (PushEvent(Action.DELETED, "team/app", "", DIGEST),)


def test_a_deleted_tag_is_reported() -> None:
    report = report_of(event("delete", mediaType=None, digest=None, tag="1.0"))

    assert report.events == (PushEvent(Action.DELETED, "team/app", "1.0"),)


def test_a_deleted_repository_is_reported() -> None:
    report = report_of(event("delete", mediaType=None, digest=None))

    assert report.events == (PushEvent(Action.DELETED, "team/app"),)


@pytest.mark.parametrize(
    ("ignored", "reason"),
    [
        (event("pull", tag="1.0"), "about a pull"),
        (event(mediaType="application/octet-stream"), "layer"),
        (event("mount", mediaType="application/octet-stream", fromRepository="a"), "layer"),
        (event("delete", mediaType="application/octet-stream"), "layer"),
        (event(), "no tag changed"),
        (event("archive", tag="1.0"), "changes no image"),
        (event(tag="1.0", repository="Team/../App"), "The repository name violates"),
        (event(tag="no/tag"), "The tag violates"),
    ],
)
def test_events_that_change_no_image_are_ignored_with_a_reason(
    ignored: dict[str, Any], reason: str
) -> None:
    report = report_of(ignored)

    assert report.events == ()
    assert reason in report.ignored


def test_each_event_of_a_delivery_is_reported_once() -> None:
    report = report_of(
        event("pull", "e-1", tag="1.0"),
        event("push", "e-2", tag="1.0"),
        event("push", "e-3", tag="1.0"),
        event("delete", "e-4", mediaType=None),
    )

    assert report == DeliveryReport(
        event="delete, pull, push",
        # Each event may be sent again with others, so no ID identifies the whole delivery.
        id="",
        events=(
            PushEvent(Action.PUSHED, "team/app", "1.0", DIGEST),
            PushEvent(Action.DELETED, "team/app", "", DIGEST),
        ),
    )


def test_an_empty_envelope_reports_nothing() -> None:
    assert report_of() == DeliveryReport(ignored="The delivery names no repository")


def test_an_invalid_digest_is_omitted() -> None:
    assert report_of(event(tag="1.0", digest="latest")).events[0].digest == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"events": null}',
        b'{"events": {"action": "push"}}',
        b'{"events": [1]}',
        b'{"events": [{}]}',
        b'{"events": [{"action": ["push"], "target": {}}]}',
        b'{"events": [{"action": "push"}]}',
        b'{"events": [{"action": "push", "target": "team/app:1"}]}',
        b'{"events": [{"action": "push", "target": {"tag": "1"}}]}',
        b'{"events": [{"action": "delete", "target": {"repository": 7}}]}',
        b'{"events": NaN}',
        b"[" * 100_000,
    ],
)
def test_other_payloads_are_malformed(body: bytes) -> None:
    # A target without a media type is not an image, whatever else it lacks.
    with pytest.raises(MalformedDelivery):
        parse(Delivery({}, body), RECEIVER)


@pytest.mark.parametrize(
    ("header", "is_let_in"),
    [
        (f"Bearer {SECRET}", True),
        (SECRET, True),
        (f"Basic {SECRET}", False),
        ("Bearer ", False),
        ("", False),
        (SECRET[:-1], False),
    ],
)
def test_only_deliveries_with_the_shared_secret_are_accepted(header: str, is_let_in: bool) -> None:
    check = PUSHES.verifications[0].check

    assert check(delivery(event(tag="1"), authorization=header), RECEIVER) is is_let_in


def test_no_delivery_is_accepted_without_a_secret() -> None:
    receiver = Receiver(RECEIVER.origin, RECEIVER.url, "")

    assert not PUSHES.verifications[0].check(delivery(authorization="Bearer "), receiver)


@pytest.fixture
def listener() -> Iterator[FakeServer]:
    with fake_server({"/hook": answer(202)}) as server:
        yield server


def test_the_real_registry_sends_this_format(
    docker_registry: DockerRegistryFactory, listener: FakeServer
) -> None:
    """The registry is configured by the steps that the product shows."""
    section = notifications_to(f"{listener.url}/hook", "s3cret", pulls=True)
    registry = docker_registry(notifications=section)
    receiver = Receiver(Origin.parse(registry.url), f"{listener.url}/hook", "s3cret")

    image = registry.push_image("team/app", "1.0", seed=1)
    index = registry.push_index("team/app", "multi", seed=2)
    requests.head(
        f"{registry.url}/v2/team/app/manifests/1.0",
        headers={"Accept": ACCEPT_MANIFESTS},
        timeout=5,
    )
    registry.delete_manifest("team/app", image)

    def told() -> list[DeliveryReport]:
        arrived = [Delivery(one.headers, one.body) for one in list(listener.requests)]
        assert all(PUSHES.verifications[0].check(one, receiver) for one in arrived)
        return [parse(one, receiver) for one in arrived]

    def events() -> list[PushEvent]:
        return [event for one in told() for event in one.events]

    # Deleting a manifest deletes its tags, and the registry reports those afterwards.
    end = PushEvent(Action.DELETED, "team/app", "1.0")
    wait_until(lambda: end in events(), "a notification of the deleted tag")
    assert events() == [
        PushEvent(Action.PUSHED, "team/app", "1.0", image),
        PushEvent(Action.PUSHED, "team/app", "multi", index),
        PushEvent(Action.DELETED, "team/app", "", image),
        end,
    ]
    report = told()
    pulls = [one for one in report if one.event == "pull"]
    assert [one.ignored for one in pulls] == ["The event is about a pull"]
    assert len({one.id for one in report}) == len(report)
    assert {one.headers["content-type"] for one in listener.requests} == {V1}


def test_the_configured_registry_reports_images_and_no_pulls(
    docker_registry: DockerRegistryFactory, listener: FakeServer
) -> None:
    section = notifications_to(f"{listener.url}/hook", "s3cret")
    registry = docker_registry(notifications=section)

    registry.push_image("api", "1.0", seed=1)
    url = f"{registry.url}/v2/api/manifests/1.0"
    requests.head(url, headers={"Accept": ACCEPT_MANIFESTS}, timeout=5)
    registry.push_image("api", "2.0", seed=2)

    def tags() -> list[Any]:
        return [
            (told["action"], told["target"].get("tag"))
            for one in list(listener.requests)
            for told in json.loads(one.body)["events"]
        ]

    wait_until(lambda: ("push", "2.0") in tags(), "a notification of the second push")
    assert tags() == [("push", "1.0"), ("push", "2.0")]
