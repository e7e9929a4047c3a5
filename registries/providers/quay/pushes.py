"""Quay's repository notifications: https://docs.quay.io/guides/notifications.html

Nothing says which event it is, and nothing is signed: a push is known by its "updated_tags".
"""

from __future__ import annotations

from typing import Any

from registries.providers.shared.delivery import Delivery, Heard, Pushes, Receiver, Unreadable
from registries.providers.shared.members import optional_text, text_at
from registries.providers.shared.push_events import heard, pushed

_EVENT = "repo_push"
_ELSEWHERE = "About a repository of another registry than this one"


def parse(delivery: Delivery, receiver: Receiver) -> Heard:
    document = delivery.json()
    repository, address = text_at(document, "repository"), optional_text(document, "docker_url")
    if "updated_tags" not in document:
        return heard(["Of a kind that changes no image"])
    tags = _tags(document["updated_tags"])
    if address and address.partition("/")[0].lower() != receiver.origin.netloc:
        return heard([_ELSEWHERE], event=_EVENT)
    return heard([pushed(repository, tag) for tag in tags], event=_EVENT)


def _tags(value: Any) -> list[str]:
    """Versions before 3 told them as an object, with the ids of images."""
    if not isinstance(value, list | dict) or not all(isinstance(tag, str) for tag in value):
        raise Unreadable('The body is without a usable "updated_tags"')
    return list(value) or [""]


PUSHES = Pushes(
    parse=parse,
    steps=(
        "At Quay, open the repository's Settings and create a notification.",
        'Choose the event "Push to Repository" and the method "Webhook POST".',
        "Enter {url} as the webhook URL, and leave the body template empty.",
        "Do so for each repository: Quay has no notification for a whole organization.",
    ),
)
