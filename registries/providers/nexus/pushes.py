"""Nexus repository webhooks about components, which are tags, and assets, their files.

https://help.sonatype.com/en/working-with-repository-webhooks.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from registries.providers.shared.delivery import (
    Action,
    Delivery,
    DeliveryReport,
    Pushes,
    PushEvent,
    Receiver,
    Verification,
)
from registries.providers.shared.keyed_names import BY_HOST, KeyedNames
from registries.providers.shared.payload import (
    UNTAGGED,
    delivery_report,
    object_at,
    objects_at,
    optional_text,
    tag_deleted,
    tag_pushed,
    text_at,
)
from registries.providers.shared.verification import hmac_signature

_EVENTS = {
    "CREATED": Action.PUSHED,
    "UPDATED": Action.PUSHED,
    "DELETED": Action.DELETED,
    "PURGED": Action.DELETED,
}
_MANIFEST = re.compile(r"/?v2/(?P<image>.+)/manifests/(?P<version>[^/]+)")

# Image and version of each component or asset of an event.
_Images = Iterator[tuple[str, str]]


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    kind = delivery.header("X-Nexus-Webhook-Id")
    document = delivery.json()
    read_images = _READERS.get(kind)
    if read_images is None:
        outcomes: list[PushEvent | str] = ["This kind of event changes no image"]
    else:
        outcomes = _outcomes(document, receiver, read_images)
    return delivery_report(
        outcomes,
        event=f"{kind} {optional_text(document, 'action')}".strip(),
        delivery_id=delivery.header("X-Nexus-Webhook-Delivery"),
    )


def _outcomes(
    document: Any, receiver: Receiver, read_images: Callable[[dict[str, Any]], _Images]
) -> list[PushEvent | str]:
    action = _EVENTS.get(text_at(document, "action"))
    if action is None:
        return ["This kind of event changes no image"]
    found = _names(text_at(document, "repositoryName"), receiver)
    if found is None:
        return ["This connection does not read the event's repository"]
    key, names = found
    return [
        _outcome(action, names.name(key, image), tag) for image, tag in read_images(document)
    ] or ["The event names no image"]


def _outcome(action: Action, repository: str, version: str) -> PushEvent | str:
    if version.startswith("sha256:"):
        return UNTAGGED
    return (tag_pushed if action is Action.PUSHED else tag_deleted)(repository, version)


def _names(repository: str, receiver: Receiver) -> tuple[str, KeyedNames] | None:
    """Return the key and names of a repository in the inventory, or None if it is not read.

    An event in a member of a group is one in the group.
    """
    configured = receiver.option_list("repositories")
    if len(configured) == 1 and repository in receiver.option_list("members"):
        repository = configured[0]
    if configured and repository not in configured:
        return None
    is_by_host = (receiver.option("addressing") or BY_HOST) == BY_HOST
    return repository, KeyedNames(repository if is_by_host else None)


def _components(document: dict[str, Any]) -> _Images:
    several = "components" in document
    found = objects_at(document, "components") if several else [object_at(document, "component")]
    for component in found:
        if optional_text(component, "format") in ("docker", ""):
            yield text_at(component, "name"), text_at(component, "version")


def _assets(document: dict[str, Any]) -> _Images:
    asset = object_at(document, "asset")
    if optional_text(asset, "format") not in ("docker", ""):
        return
    if match := _MANIFEST.fullmatch(text_at(asset, "name")):
        yield match["image"], match["version"]


_READERS = {"rm:repository:component": _components, "rm:repository:asset": _assets}

PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="signature",
            name="Secret key",
            check=hmac_signature("X-Nexus-Webhook-Signature", "sha1"),
            steps=("Enter {secret} as the Secret Key of the capability.",),
        ),
    ),
    steps=(
        "In Nexus, open Settings, System, Capabilities, and create a Webhook: Repository.",
        "Choose the repository that this connection reads, and the event type component.",
        "Enter {url} as the URL.",
    ),
    reports_deletions=True,
)
