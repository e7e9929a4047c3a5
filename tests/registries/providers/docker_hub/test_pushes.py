from __future__ import annotations

import json
from typing import Any

import pytest

from registries.providers.docker_hub.pushes import PUSHES, parse
from registries.providers.shared.delivery import (
    Action,
    Delivery,
    DeliveryReport,
    MalformedDelivery,
    PushEvent,
    Receiver,
)
from registries.transport.origin import Origin

RECEIVER = Receiver(Origin.parse("https://docker.io"), "https://hg.example/x", "")


def document(**repository: Any) -> dict[str, Any]:
    """Return the example of Docker's documentation."""
    return {
        "callback_url": "https://registry.hub.docker.com/u/team/app/hook/2141b5bi5i5b02bec211i4e/",
        "push_data": {"pushed_at": 1_417_566_161, "pusher": "jürgen", "tag": "1.0"},
        "repository": {
            "comment_count": 0,
            "date_created": 1_417_494_799,
            "description": "Üben",
            "is_official": False,
            "is_private": True,
            "name": "app",
            "namespace": "team",
            "owner": "team",
            "repo_name": "team/app",
            "repo_url": "https://registry.hub.docker.com/v2/repositories/team/app",
            "star_count": 0,
            "status": "Active",
            **repository,
        },
    }


def report_of(said: Any) -> DeliveryReport:
    body = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
    return parse(Delivery({"content-type": "application/json"}, body), RECEIVER)


def test_a_pushed_tag_is_reported() -> None:
    pushed = PushEvent(Action.PUSHED, "team/app", "1.0")
    assert report_of(document()) == DeliveryReport(event="push", events=(pushed,))


def test_the_order_of_members_does_not_matter() -> None:
    said = document()
    assert report_of(dict(reversed(said.items()))) == report_of(said)


def test_an_official_image_is_in_the_library() -> None:
    [event] = report_of(document(repo_name="alpine")).events
    assert event.repository == "library/alpine"


@pytest.mark.parametrize("tag", [None, "", 5])
def test_a_push_without_a_tag_is_ignored(tag: object) -> None:
    said = document()
    said["push_data"]["tag"] = tag
    assert report_of(said).events == ()
    assert "no tag changed" in report_of(said).ignored


@pytest.mark.parametrize(
    "address",
    ["https://registry.example/team/app", "https://hub.docker.com.evil.example/", "docker.io", "x"],
)
def test_a_repository_of_another_registry_is_ignored(address: str) -> None:
    report = report_of(document(repo_url=address))
    assert report.events == ()
    assert "not on Docker Hub" in report.ignored


@pytest.mark.parametrize("address", ["https://hub.docker.com/r/team/app", "", None])
def test_events_with_docker_hubs_url_or_none_are_reported(address: str | None) -> None:
    assert len(report_of(document(repo_url=address)).events) == 1


@pytest.mark.parametrize(
    ("name", "tag"), [("Team/App", "1"), ("../etc", "1"), ("team/app", "a b"), ("team/app", "/")]
)
def test_names_outside_the_grammar_are_ignored(name: str, tag: str) -> None:
    said = document(repo_name=name)
    said["push_data"]["tag"] = tag
    assert report_of(said).events == ()
    assert "violates the OCI grammar" in report_of(said).ignored


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        b'{"push_data": NaN}',
        {},
        {"push_data": {"tag": "1"}},
        {"push_data": [], "repository": {"repo_name": "team/app"}},
        {"push_data": {"tag": "1"}, "repository": "team/app"},
        {"push_data": {"tag": "1"}, "repository": {"repo_name": 5}},
        {"push_data": {"tag": "1"}, "repository": {}},
    ],
)
def test_other_payloads_are_malformed(said: Any) -> None:
    with pytest.raises(MalformedDelivery):
        report_of(said)


def test_the_secret_url_is_the_only_protection() -> None:
    assert PUSHES.verifications == ()
    assert not PUSHES.reports_deletions
    assert any("{url}" in step for step in PUSHES.steps)
