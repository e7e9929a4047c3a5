"""Harbor's webhooks, in both payload formats."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registries.providers.harbor.pushes import PUSHES, parse
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
RECEIVER = Receiver(Origin.parse("https://harbor.example.com"), "https://hg.example/x", "sécret")
PUSHED = PushEvent(Action.PUSHED, "team/app", "v1", DIGEST)

CLOUD_TYPES = {
    "PUSH_ARTIFACT": "harbor.artifact.pushed",
    "DELETE_ARTIFACT": "harbor.artifact.deleted",
    "PULL_ARTIFACT": "harbor.artifact.pulled",
    "REPLICATION": "harbor.replication.status.changed",
    "SCANNING_COMPLETED": "harbor.scan.completed",
    "QUOTA_EXCEED": "harbor.quota.exceeded",
    "TAG_RETENTION": "harbor.tag_retention.finished",
}


def data(tag: str = "v1", url: str = "harbor.example.com/team/app:v1") -> dict[str, Any]:
    return {
        "resources": [{"digest": DIGEST, "tag": tag, "resource_url": url}],
        "repository": {
            "date_created": 1680501893,
            "name": "app",
            "namespace": "team",
            "repo_full_name": "team/app",
            "repo_type": "private",
        },
    }


def retention(hostname: str = "harbor.example.com") -> dict[str, Any]:
    return {
        "retention": {
            "total": 3,
            "retained": 1,
            "harbor_hostname": hostname,
            "project_name": "team",
            "retention_policy_id": 2,
            "retention_rule": [],
            "result": "SUCCESS",
            "deleted_artifact": [
                {"type": "image", "status": "SUCCESS", "name_tag": "app:3.8"},
                {"type": "image", "status": "SUCCESS", "name_tag": "deep/er:3.9"},
                {"type": "image", "status": "SUCCESS", "name_tag": ""},
            ],
        }
    }


def default(kind: str, said: Any) -> dict[str, Any]:
    return {"type": kind, "occur_at": 1680501893, "operator": "jürgen", "event_data": said}


def cloud_event(kind: str, said: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "66e6e30a-8ee5-4dba-9e4d-6e5e1e4d7c4a",
        "requestid": "8ac3ee6a-2c3d-4f3c-8c9e-6d3e0f6b8b0a",
        "source": "/projects/2/webhook/policies/15",
        "type": CLOUD_TYPES[kind],
        "datacontenttype": "application/json",
        "time": "2026-04-03T06:04:53Z",
        "data": said,
        "operator": "jürgen",
    }


FORMATS = pytest.mark.parametrize("written", [default, cloud_event])


def report_of(document: Any, receiver: Receiver = RECEIVER) -> DeliveryReport:
    return parse(Delivery({}, json.dumps(document, ensure_ascii=False).encode()), receiver)


def test_a_push_in_the_default_format_is_reported() -> None:
    assert report_of(default("PUSH_ARTIFACT", data())) == DeliveryReport(
        "PUSH_ARTIFACT", "", (PUSHED,)
    )


def test_a_push_in_cloudevents_is_reported_with_its_id() -> None:
    report = report_of(cloud_event("PUSH_ARTIFACT", data()))
    number = "66e6e30a-8ee5-4dba-9e4d-6e5e1e4d7c4a"
    assert report == DeliveryReport("harbor.artifact.pushed", number, (PUSHED,))


@FORMATS
def test_the_order_of_members_does_not_matter(written: Any) -> None:
    document = written("PUSH_ARTIFACT", dict(reversed(data().items())))
    assert report_of(dict(reversed(document.items()))).events == (PUSHED,)


@FORMATS
def test_a_deleted_tag_is_reported(written: Any) -> None:
    report = report_of(written("DELETE_ARTIFACT", data()))
    assert report.events == (PushEvent(Action.DELETED, "team/app", "v1", DIGEST),)


@FORMATS
def test_a_deletion_without_a_tag_may_concern_any_tag(written: Any) -> None:
    report = report_of(
        written("DELETE_ARTIFACT", data(DIGEST, f"harbor.example.com/team/app@{DIGEST}"))
    )
    assert report.events == (PushEvent(Action.DELETED, "team/app", "", DIGEST),)


@FORMATS
def test_a_push_without_a_tag_is_ignored(written: Any) -> None:
    report = report_of(
        written("PUSH_ARTIFACT", data(DIGEST, f"harbor.example.com/team/app@{DIGEST}"))
    )
    assert report.events == ()
    assert "no tag changed" in report.ignored


@FORMATS
def test_a_retention_run_reports_each_repository(written: Any) -> None:
    report = report_of(written("TAG_RETENTION", retention()))
    assert report.events == (
        PushEvent(Action.DELETED, "team/app"),
        PushEvent(Action.DELETED, "team/deep/er"),
    )


@FORMATS
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("PULL_ARTIFACT", "about a pull"),
        ("REPLICATION", "changes no image"),
        ("SCANNING_COMPLETED", "changes no image"),
        ("QUOTA_EXCEED", "changes no image"),
    ],
)
def test_other_events_are_ignored_with_a_reason(kind: str, reason: str, written: Any) -> None:
    report = report_of(written(kind, data()))
    assert report.events == ()
    assert reason in report.ignored


@FORMATS
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("PUSH_ARTIFACT", data(url="other.example.com/team/app:v1")),
        ("DELETE_ARTIFACT", data(url="other.example.com:8443/team/app:v1")),
        ("TAG_RETENTION", retention("other.example.com")),
    ],
)
def test_deliveries_of_another_harbor_are_ignored(kind: str, said: Any, written: Any) -> None:
    report = report_of(written(kind, said))
    assert report.events == ()
    assert "another registry" in report.ignored


@pytest.mark.parametrize(
    "url", ["harbor.example.com/team/app:v1", "HARBOR.example.com:8443/team/app:v1", ""]
)
def test_the_host_matches_with_or_without_a_port(url: str) -> None:
    assert report_of(default("PUSH_ARTIFACT", data(url=url))).events == (PUSHED,)


@pytest.mark.parametrize(
    ("repository", "tag", "reason"),
    [
        ("Team/../App", "v1", "The repository name violates"),
        ("team/app", "no/tag", "The tag violates"),
    ],
)
def test_names_outside_the_grammar_are_ignored(repository: str, tag: str, reason: str) -> None:
    said = data(tag)
    said["repository"]["repo_full_name"] = repository
    report = report_of(default("PUSH_ARTIFACT", said))
    assert report.events == ()
    assert reason in report.ignored


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        "text",
        None,
        7,
        {"type": 7},
        default("PUSH_ARTIFACT", None),
        default("PUSH_ARTIFACT", []),
        default("PUSH_ARTIFACT", {**data(), "resources": None}),
        default("PUSH_ARTIFACT", {**data(), "resources": ["x"]}),
        default("PUSH_ARTIFACT", {**data(), "repository": "team/app"}),
        default("PUSH_ARTIFACT", {**data(), "repository": {"repo_full_name": 7}}),
        cloud_event("DELETE_ARTIFACT", {"resources": []}),
        default("TAG_RETENTION", {"retention": []}),
        default("TAG_RETENTION", {"retention": {"project_name": "team"}}),
        default("TAG_RETENTION", {"retention": {"deleted_artifact": []}}),
        {**cloud_event("PUSH_ARTIFACT", data()), "data": 7},
    ],
)
def test_payloads_that_harbor_does_not_send_are_malformed(document: Any) -> None:
    with pytest.raises(MalformedDelivery):
        report_of(document)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"type": NaN}'])
def test_a_body_that_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedDelivery):
        parse(Delivery({}, body), RECEIVER)


@pytest.mark.parametrize(
    "resource", [{}, {"tag": 7, "digest": 7, "resource_url": 7}, {"tag": "", "digest": "md5:x"}]
)
def test_a_resource_without_a_name_is_ignored(resource: dict[str, Any]) -> None:
    report = report_of(default("PUSH_ARTIFACT", {**data(), "resources": [resource]}))
    assert report.events == ()
    assert "no tag changed" in report.ignored


@pytest.mark.parametrize(
    ("header", "is_proof"),
    [("sécret", True), ("Bearer sécret", True), ("secret", False), ("Bearer ", False), ("", False)],
)
def test_the_authorization_header_verifies_a_delivery(header: str, is_proof: bool) -> None:
    sent = Delivery({"authorization": header}, b"{}")
    assert PUSHES.verifications[0].check(sent, RECEIVER) is is_proof


def test_no_delivery_is_verified_without_a_secret() -> None:
    receiver = Receiver(RECEIVER.origin, RECEIVER.url, "")
    assert not PUSHES.verifications[0].check(Delivery({"authorization": ""}, b"{}"), receiver)
