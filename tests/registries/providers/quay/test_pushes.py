from __future__ import annotations

import json
from typing import Any

import pytest

from registries.providers.quay.pushes import PUSHES, parse
from registries.providers.shared.delivery import (
    Action,
    Delivery,
    DeliveryReport,
    MalformedDelivery,
    PushEvent,
    Receiver,
)
from registries.transport.origin import Origin

RECEIVER = Receiver(Origin.parse("https://quay.io"), "https://hg.example/x", "")


def document(**more: Any) -> dict[str, Any]:
    """Return the example of Quay's documentation."""
    return {
        "name": "app",
        "repository": "team/app",
        "namespace": "team",
        "docker_url": "quay.io/team/app",
        "homepage": "https://quay.io/repository/team/app",
        "updated_tags": ["1.0", "latest"],
        **more,
    }


def report_of(said: Any, receiver: Receiver = RECEIVER) -> DeliveryReport:
    body = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
    return parse(Delivery({"content-type": "application/json"}, body), receiver)


def pushed(*tags: str) -> tuple[PushEvent, ...]:
    return tuple(PushEvent(Action.PUSHED, "team/app", tag) for tag in tags)


def test_each_pushed_tag_is_reported() -> None:
    assert report_of(document()) == DeliveryReport(
        event="repo_push", events=pushed("1.0", "latest")
    )


def test_tags_of_old_versions_are_reported() -> None:
    said = document(updated_tags={"1.0": "abc", "latest": "abc"})
    assert report_of(said).events == pushed("1.0", "latest")


def test_a_repeated_tag_is_reported_once() -> None:
    assert report_of(document(updated_tags=["1.0", "1.0"])).events == pushed("1.0")


def test_the_order_of_members_does_not_matter() -> None:
    said = document(homepage="https://quay.io/repository/team/app?straße")
    assert report_of(dict(reversed(said.items()))) == report_of(said)


@pytest.mark.parametrize("tags", [[], {}])
def test_a_push_without_a_tag_is_ignored(tags: object) -> None:
    report = report_of(document(updated_tags=tags))
    assert report.events == ()
    assert "no tag changed" in report.ignored


@pytest.mark.parametrize(
    "more", [{"vulnerability": {"id": "CVE-1"}, "tags": ["1.0"]}, {"build_id": "b-1"}]
)
def test_other_events_are_ignored(more: dict[str, Any]) -> None:
    said = document(**more)
    del said["updated_tags"]
    assert report_of(said).events == ()
    assert "changes no image" in report_of(said).ignored


@pytest.mark.parametrize("address", ["quay.example/team/app", "quay.io:8443/team/app"])
def test_a_repository_of_another_registry_is_ignored(address: str) -> None:
    report = report_of(document(docker_url=address))
    assert report.events == ()
    assert "another registry" in report.ignored


def test_a_self_hosted_registry_is_matched_by_host_and_port() -> None:
    own = Receiver(Origin.parse("https://quay.example:8443"), "https://hg.example/x", "")
    assert report_of(document(docker_url="Quay.example:8443/team/app"), own).events


@pytest.mark.parametrize(
    "more",
    [{"repository": "Team/App"}, {"repository": "../etc"}, {"updated_tags": ["a b", "sha256:1"]}],
)
def test_names_outside_the_grammar_are_ignored(more: dict[str, Any]) -> None:
    report = report_of(document(**more))
    assert report.events == ()
    assert "violates the OCI grammar" in report.ignored


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'"updated_tags"',
        b"[" * 100_000,
        {},
        {"updated_tags": ["1.0"]},
        document(repository=5),
        document(updated_tags="1.0"),
        document(updated_tags=None),
        document(updated_tags=[5]),
        document(updated_tags=[["1.0"]]),
    ],
)
def test_other_payloads_are_malformed(said: Any) -> None:
    with pytest.raises(MalformedDelivery):
        report_of(said)


def test_the_secret_url_is_the_only_protection() -> None:
    assert PUSHES.verifications == ()
    assert not PUSHES.reports_deletions
    assert any("{url}" in step for step in PUSHES.steps)
