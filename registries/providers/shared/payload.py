"""Members of webhook payloads, and the events that they report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from registries.oci.reference import is_digest, is_repository, is_tag
from registries.providers.shared.delivery import (
    Action,
    DeliveryReport,
    MalformedDelivery,
    PushEvent,
)

UNTAGGED = "Pushed by digest only: no tag changed"


def object_at(document: Any, key: str) -> dict[str, Any]:
    """Return the JSON object under ``key``. Raise MalformedDelivery."""
    value = _value(document, key)
    if not isinstance(value, dict):
        raise _unusable(key)
    return value


def objects_at(document: Any, key: str) -> list[dict[str, Any]]:
    """Return the list of JSON objects under ``key``. Raise MalformedDelivery."""
    value = _value(document, key)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _unusable(key)
    return value


def text_at(document: Any, key: str) -> str:
    """Return the nonempty string under ``key``. Raise MalformedDelivery."""
    value = _value(document, key)
    if not isinstance(value, str) or not value:
        raise _unusable(key)
    return value


def optional_text(document: Any, key: str) -> str:
    """Return the string under ``key``, or ""."""
    value = _value(document, key)
    return value if isinstance(value, str) else ""


def _value(document: Any, key: str) -> Any:
    return document.get(key) if isinstance(document, dict) else None


def _unusable(key: str) -> MalformedDelivery:
    return MalformedDelivery(f'The body has no usable "{key}"')


def tag_pushed(repository: str, tag: str, digest: str = "") -> PushEvent | str:
    """Return the event, or the reason why it is ignored, as a sentence for the delivery log."""
    return _event(Action.PUSHED, repository, tag, digest) if tag else UNTAGGED


def tag_deleted(repository: str, tag: str = "", digest: str = "") -> PushEvent | str:
    """Return the event or the reason why it is ignored. Without a tag, any tag may be deleted."""
    return _event(Action.DELETED, repository, tag, digest)


def delivery_report(
    outcomes: Iterable[PushEvent | str], *, event: str = "", delivery_id: str = ""
) -> DeliveryReport:
    """Return the report of a delivery, with a reason only if there are no events."""
    distinct = list(dict.fromkeys(outcomes))
    events = tuple(one for one in distinct if isinstance(one, PushEvent))
    reasons = "; ".join(one for one in distinct if isinstance(one, str))
    return DeliveryReport(
        event, delivery_id, events, "" if events else reasons or "The delivery names no repository"
    )


def _event(action: Action, repository: str, tag: str, digest: str) -> PushEvent | str:
    if not is_repository(repository):
        return "The repository name violates the OCI grammar"
    if tag and not is_tag(tag):
        return "The tag violates the OCI grammar"
    return PushEvent(action, repository, tag, digest if is_digest(digest) else "")
