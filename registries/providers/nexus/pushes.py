"""Nexus' repository webhooks: of components, which are tags, and of assets, their files.

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

# Image and version of each thing that an event is about.
_Things = Iterator[tuple[str, str]]


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    kind = delivery.header("X-Nexus-Webhook-Id")
    document = delivery.json()
    told = _THINGS.get(kind)
    if told is None:
        outcomes: list[PushEvent | str] = ["This kind of event changes no image"]
    else:
        outcomes = _outcomes(document, receiver, told)
    return delivery_report(
        outcomes,
        event=f"{kind} {optional_text(document, 'action')}".strip(),
        delivery_id=delivery.header("X-Nexus-Webhook-Delivery"),
    )


def _outcomes(
    document: Any, receiver: Receiver, told: Callable[[dict[str, Any]], _Things]
) -> list[PushEvent | str]:
    action = _EVENTS.get(text_at(document, "action"))
    if action is None:
        return ["This kind of event changes no image"]
    names = _names(text_at(document, "repositoryName"), receiver)
    if names is None:
        return ["This connection does not read the event's repository"]
    key, naming = names
    return [_outcome(action, naming.name(key, image), tag) for image, tag in told(document)] or [
        "The event names no image"
    ]


def _outcome(action: Action, repository: str, version: str) -> PushEvent | str:
    if version.startswith("sha256:"):
        return UNTAGGED
    return (tag_pushed if action is Action.PUSHED else tag_deleted)(repository, version)


def _names(repository: str, receiver: Receiver) -> tuple[str, KeyedNames] | None:
    """Return the key that the inventory knows it by, and how names are formed, or None where it is
    not this connection's.

    What happens in a member of a group happens in the group.
    """
    named = receiver.option_list("repositories")
    if len(named) == 1 and repository in receiver.option_list("members"):
        repository = named[0]
    if named and repository not in named:
        return None
    is_by_host = (receiver.option("addressing") or BY_HOST) == BY_HOST
    return repository, KeyedNames(repository if is_by_host else None)


def _components(document: dict[str, Any]) -> _Things:
    several = "components" in document
    found = objects_at(document, "components") if several else [object_at(document, "component")]
    for component in found:
        if optional_text(component, "format") in ("docker", ""):
            yield text_at(component, "name"), text_at(component, "version")


def _assets(document: dict[str, Any]) -> _Things:
    asset = object_at(document, "asset")
    if optional_text(asset, "format") not in ("docker", ""):
        return
    if match := _MANIFEST.fullmatch(text_at(asset, "name")):
        yield match["image"], match["version"]


_THINGS = {"rm:repository:component": _components, "rm:repository:asset": _assets}

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
        "Enter {url} as its URL.",
    ),
    reports_deletions=True,
)
