"""Quay's repository notifications: https://docs.quay.io/guides/notifications.html

They are not signed and do not name the event: a push is recognized by its "updated_tags".
"""

from __future__ import annotations

from typing import Any

from registries.providers.shared.delivery import (
    Delivery,
    DeliveryReport,
    MalformedDelivery,
    Pushes,
    Receiver,
)
from registries.providers.shared.payload import delivery_report, optional_text, tag_pushed, text_at

_EVENT = "repo_push"
_OTHER_REGISTRY = "The repository belongs to another registry"


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    document = delivery.json()
    repository, address = text_at(document, "repository"), optional_text(document, "docker_url")
    if "updated_tags" not in document:
        return delivery_report(["This kind of event changes no image"])
    tags = _tags(document["updated_tags"])
    if address and address.partition("/")[0].lower() != receiver.origin.netloc:
        return delivery_report([_OTHER_REGISTRY], event=_EVENT)
    return delivery_report([tag_pushed(repository, tag) for tag in tags], event=_EVENT)


def _tags(value: Any) -> list[str]:
    """Return the tags. Versions before 3 send an object of image IDs by tag."""
    if not isinstance(value, list | dict) or not all(isinstance(tag, str) for tag in value):
        raise MalformedDelivery('The body has no usable "updated_tags"')
    return list(value) or [""]


PUSHES = Pushes(
    parse=parse,
    steps=(
        "In Quay, open the repository's Settings and create a notification.",
        'Choose the event "Push to Repository" and the method "Webhook POST".',
        "Enter {url} as the webhook URL, and leave the body template empty.",
        "Repeat this for each repository: Quay has no notifications for a whole organization.",
    ),
)
