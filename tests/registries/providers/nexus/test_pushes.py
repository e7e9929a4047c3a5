"""Nexus repository webhooks, in the documented format."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from registries.providers.nexus.pushes import PUSHES, parse
from registries.providers.shared.delivery import (
    Action,
    Delivery,
    DeliveryReport,
    MalformedDelivery,
    PushEvent,
    Receiver,
)
from registries.providers.shared.keyed_names import BY_PATH
from registries.transport.origin import Origin

SECRET = "sécret of both"
CHILD = f"sha256:{'e' * 64}"
COMPONENT, ASSET = "rm:repository:component", "rm:repository:asset"
[SIGNATURE] = PUSHES.verifications


def receiver(**options: Any) -> Receiver:
    options.setdefault("repositories", ["docker-hosted"])
    origin = Origin.parse("https://nexus.example:8082")
    return Receiver(origin, "https://hg.example/x", SECRET, options)


def component(version: Any = "1.0", **values: Any) -> dict[str, Any]:
    return {
        "id": "08909bf0c86cf6c9600aade89e1c5e25",
        "componentId": "ZG9ja2VyLWhvc3RlZDowODkwOWJmMGM4NmNmNmM5",
        "format": "docker",
        "name": "team/app",
        "group": None,
        "version": version,
        **values,
    }


def document(action: str = "CREATED", **values: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-11-23T20:02:31.123+0000",
        "nodeId": "52905B51-085CCABB-CEBBEAAD-16795588-FC927D93",
        "initiator": "jürgen/10.0.0.7",
        "repositoryName": "docker-hosted",
        "action": action,
        **(values or {"component": component()}),
    }


def asset(name: str) -> dict[str, Any]:
    return {"asset": {"id": "1", "assetId": "2", "format": "docker", "name": name}}


def delivery(body: Any, kind: str = COMPONENT) -> Delivery:
    headers = {"x-nexus-webhook-id": kind, "x-nexus-webhook-delivery": "d-1"}
    return Delivery(headers, json.dumps(body, ensure_ascii=False).encode())


def report_of(body: Any, kind: str = COMPONENT, **options: Any) -> DeliveryReport:
    report = parse(delivery(body, kind), receiver(**options))
    assert bool(report.events) != bool(report.ignored)
    return report


@pytest.mark.parametrize("action", ["CREATED", "UPDATED"])
def test_a_pushed_tag_is_reported(action: str) -> None:
    pushed = PushEvent(Action.PUSHED, "team/app", "1.0")

    assert report_of(document(action)) == DeliveryReport(f"{COMPONENT} {action}", "d-1", (pushed,))


@pytest.mark.parametrize("action", ["DELETED", "PURGED"])
def test_a_deleted_tag_is_reported(action: str) -> None:
    assert report_of(document(action)).events == (PushEvent(Action.DELETED, "team/app", "1.0"),)


def test_a_purge_reports_many_tags() -> None:
    several = [component("1.0"), component("1.1"), component(CHILD), component("1.1")]

    events = report_of(document("PURGED", components=several)).events

    assert events == (
        PushEvent(Action.DELETED, "team/app", "1.0"),
        PushEvent(Action.DELETED, "team/app", "1.1"),
    )


@pytest.mark.parametrize("name", ["v2/team/app/manifests/1.0", "/v2/team/app/manifests/1.0"])
def test_the_asset_of_a_tag_is_reported(name: str) -> None:
    events = report_of(document("UPDATED", **asset(name)), ASSET).events

    assert events == (PushEvent(Action.PUSHED, "team/app", "1.0"),)


@pytest.mark.parametrize("name", [f"v2/-/blobs/{CHILD}", "v2/team/app/tags/list", "x"])
def test_other_files_are_ignored(name: str) -> None:
    assert report_of(document(**asset(name)), ASSET).ignored == "The event names no image"


def test_a_child_of_an_index_is_ignored() -> None:
    assert "no tag changed" in report_of(document(component=component(CHILD))).ignored
    manifest = asset(f"v2/team/app/manifests/{CHILD}")
    assert "no tag changed" in report_of(document(**manifest), ASSET).ignored


def test_another_repository_is_ignored() -> None:
    report = report_of({**document(), "repositoryName": "docker-other"})

    assert "does not read" in report.ignored


def test_every_repository_is_reported_if_none_is_configured() -> None:
    assert report_of(document(), repositories=()).events


def test_names_by_path_start_with_the_repository() -> None:
    events = report_of(document(), addressing=BY_PATH, repositories=()).events

    assert [event.repository for event in events] == ["docker-hosted/team/app"]


@pytest.mark.parametrize(
    ("options", "name"), [({}, "team/app"), ({"addressing": BY_PATH}, "docker-all/team/app")]
)
def test_events_in_a_member_are_reported_for_the_group(options: dict[str, str], name: str) -> None:
    named: dict[str, Any] = {"repositories": ["docker-all"], "members": ["docker-hosted"]}

    events = report_of(document(), **named, **options).events

    assert [event.repository for event in events] == [name]


@pytest.mark.parametrize("format_", ["maven2", "raw"])
def test_other_formats_are_ignored(format_: str) -> None:
    assert (
        report_of(document(component=component(format=format_))).ignored
        == "The event names no image"
    )


@pytest.mark.parametrize("kind", ["rm:audit", "rm:repository", ""])
def test_other_events_are_ignored(kind: str) -> None:
    assert "changes no image" in report_of(document(), kind).ignored


def test_another_action_is_ignored() -> None:
    assert "changes no image" in report_of(document("BROWSED")).ignored


@pytest.mark.parametrize("change", [{"name": "Team/App"}, {"version": "a b"}])
def test_invalid_names_are_ignored(change: dict[str, str]) -> None:
    assert "grammar" in report_of(document(component=component(**change))).ignored


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        "text",
        None,
        document(component=None),
        document(components=None),
        document(components=[7]),
        document(component=component(version=7)),
        document(component=component(name=None)),
        {**document(), "repositoryName": ["docker-hosted"]},
        {**document(), "action": None},
    ],
)
@pytest.mark.parametrize("kind", [COMPONENT, ASSET])
def test_other_payloads_are_malformed(body: Any, kind: str) -> None:
    with pytest.raises(MalformedDelivery):
        parse(delivery(body, kind), receiver())


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[" * 5000])
@pytest.mark.parametrize("kind", [COMPONENT, "rm:audit"])
def test_a_body_that_is_not_json_is_malformed(body: bytes, kind: str) -> None:
    with pytest.raises(MalformedDelivery):
        parse(Delivery({"x-nexus-webhook-id": kind}, body), receiver())


def test_the_signature_covers_the_raw_body() -> None:
    body = delivery(document()).body
    reordered = json.dumps(dict(reversed(document().items())), ensure_ascii=False).encode()
    proof = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
    headers = {"x-nexus-webhook-signature": proof}

    assert SIGNATURE.check(Delivery(headers, body), receiver())
    assert not SIGNATURE.check(Delivery(headers, reordered), receiver())
    assert not SIGNATURE.check(Delivery({}, body), receiver())
    assert not SIGNATURE.check(Delivery({"x-nexus-webhook-signature": SECRET}, body), receiver())


def test_the_steps_contain_the_url_and_the_secret() -> None:
    assert any("{url}" in step for step in PUSHES.steps)
    assert any("{secret}" in step for step in SIGNATURE.steps)
