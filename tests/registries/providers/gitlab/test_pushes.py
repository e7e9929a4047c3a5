from __future__ import annotations

import json
from dataclasses import replace

import pytest

from registries.providers.gitlab.pushes import PUSHES
from registries.providers.shared.delivery import Action, Delivery, PushEvent, Receiver
from registries.transport.origin import Origin

SECRET = "geheimes Wort"
RECEIVER = Receiver(Origin.parse("https://registry.example.com"), "https://hg.example/x", SECRET)
DIGEST = f"sha256:{'a' * 64}"


def body(action: str = "push") -> bytes:
    """Return a notification like the example in GitLab's documentation."""
    event = {
        "id": "4e56d1d9-3d0f-4a3c-9c37-6b1a0c2a5f10",
        "timestamp": "2026-03-02T10:00:00.123456789Z",
        "action": action,
        "target": {
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "size": 772,
            "digest": DIGEST,
            "length": 772,
            "repository": "team/backend/shop",
            "url": "https://registry.example.com/v2/team/backend/shop/manifests/x",
            "tag": "v1",
        },
        "request": {"id": "1", "addr": "10.0.0.1", "host": "registry.example.com"},
        "actor": {"name": "jürgen", "user_type": "personal_access_token"},
        "source": {"addr": "gitlab:5000", "instanceID": "2"},
    }
    return json.dumps({"events": [event]}, ensure_ascii=False).encode()


def test_a_pushed_tag_is_reported() -> None:
    report = PUSHES.parse(Delivery({}, body()), RECEIVER)
    assert report.events == (PushEvent(Action.PUSHED, "team/backend/shop", "v1", DIGEST),)


@pytest.mark.parametrize(
    ("options", "is_reported"),
    [
        ({"groups": ("team",)}, True),
        ({"groups": ("team/backend", "others")}, True),
        ({"projects": ("team/backend/shop",)}, True),
        ({"groups": ("tea", "team/back"), "projects": ("team/backend/sho",)}, False),
        ({"groups": ("others",)}, False),
    ],
)
def test_only_groups_and_projects_of_the_connection_are_reported(
    options: dict[str, tuple[str, ...]], is_reported: bool
) -> None:
    report = PUSHES.parse(Delivery({}, body()), replace(RECEIVER, options=options))
    assert bool(report.events) is is_reported
    assert bool(report.ignored) is not is_reported


def test_our_own_pulls_are_ignored() -> None:
    report = PUSHES.parse(Delivery({}, body("pull")), RECEIVER)
    assert report.events == ()
    assert report.ignored


@pytest.mark.parametrize(
    ("header", "is_let_in"),
    [
        (f"Bearer {SECRET}", True),
        (SECRET, True),
        (f"Bearer {SECRET}x", False),
        ("Bearer ", False),
        ("", False),
    ],
)
def test_only_deliveries_with_the_shared_secret_are_accepted(header: str, is_let_in: bool) -> None:
    [verification] = PUSHES.verifications
    sent = Delivery({"authorization": header}, body())
    assert verification.check(sent, RECEIVER) == is_let_in


def test_the_steps_contain_the_url_and_the_secret() -> None:
    [verification] = PUSHES.verifications
    assert any("{url}" in step for step in PUSHES.steps)
    assert any("{secret}" in step for step in verification.steps)
