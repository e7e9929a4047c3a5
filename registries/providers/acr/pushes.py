"""Webhooks of Azure Container Registry, and its events from Event Grid.

https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference
https://learn.microsoft.com/azure/event-grid/event-schema-container-registry

Both have the same payload: a webhook as one object, Event Grid as the "data" of each event in a
list. Neither is signed, but both send a header of the user's choice.
"""

from __future__ import annotations

from typing import Any

from registries.providers.shared.delivery import (
    Delivery,
    DeliveryReport,
    HandshakeAnswer,
    MalformedDelivery,
    Pushes,
    PushEvent,
    Receiver,
    Verification,
)
from registries.providers.shared.payload import (
    delivery_report,
    object_at,
    optional_text,
    tag_deleted,
    tag_pushed,
    text_at,
)
from registries.providers.shared.verification import shared_secret

_VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
_MAX_CODE_LENGTH = 512
_MAX_EVENTS = 5000
_ACTIONS = {
    "Microsoft.ContainerRegistry.ImagePushed": "push",
    "Microsoft.ContainerRegistry.ImageDeleted": "delete",
}


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    document = delivery.json()
    if isinstance(document, dict) and "action" in document:
        outcome = _outcome(text_at(document, "action"), document, receiver)
        return delivery_report(
            [outcome], event=text_at(document, "action"), delivery_id=optional_text(document, "id")
        )
    return _event_grid_report(_events(document), receiver)


def handshake(delivery: Delivery, receiver: Receiver) -> HandshakeAnswer | None:
    """Echo the code that Event Grid requires before it sends anything to a URL."""
    try:
        events = _events(delivery.json())
        return _answer(events[0]) if _is_validation(events[0]) else None
    except MalformedDelivery:
        return None


def _event_grid_report(events: list[dict[str, Any]], receiver: Receiver) -> DeliveryReport:
    """Return the report of events. Only a single event has an ID: others may be regrouped."""
    if _is_validation(events[0]):
        return DeliveryReport(
            _VALIDATION, ignored="Event Grid validated the webhook", answer=_answer(events[0])
        )
    types = [_type(event) for event in events]
    return delivery_report(
        [_outcome_of_type(event, receiver) for event in events],
        event=", ".join(sorted(set(types))),
        delivery_id=optional_text(events[0], "id") if len(events) == 1 else "",
    )


def _outcome_of_type(event: dict[str, Any], receiver: Receiver) -> PushEvent | str:
    action = _ACTIONS.get(_type(event), "")
    return _outcome(action, object_at(event, "data") if action else {}, receiver)


def _outcome(action: str, data: dict[str, Any], receiver: Receiver) -> PushEvent | str:
    if action == "ping":
        return "The webhook was tested"
    if action not in ("push", "delete"):
        return "This kind of event changes no image"
    host = optional_text(data.get("request"), "host").lower()
    if host and host not in (receiver.origin.host, receiver.origin.netloc):
        return "The event is about another registry"
    target = object_at(data, "target")
    repository, tag = text_at(target, "repository"), optional_text(target, "tag")
    digest = optional_text(target, "digest")
    return (tag_pushed if action == "push" else tag_deleted)(repository, tag, digest)


def _events(document: Any) -> list[dict[str, Any]]:
    """Return the events: a list, or a single CloudEvent."""
    events = document if isinstance(document, list) else [document]
    if not 0 < len(events) <= _MAX_EVENTS or not all(isinstance(one, dict) for one in events):
        raise MalformedDelivery("The body is neither a webhook object nor a list of events")
    for event in events:
        _type(event)
    return events


def _type(event: dict[str, Any]) -> str:
    """Return the type, which is "type" in CloudEvents and "eventType" in Event Grid's schema."""
    return optional_text(event, "eventType") or text_at(event, "type")


def _is_validation(event: dict[str, Any]) -> bool:
    return _type(event) == _VALIDATION


def _answer(event: dict[str, Any]) -> HandshakeAnswer:
    code = text_at(object_at(event, "data"), "validationCode")
    if len(code) > _MAX_CODE_LENGTH or not (code.isascii() and code.isprintable()):
        raise MalformedDelivery('The body has no usable "validationCode"')
    return HandshakeAnswer({"validationResponse": code})


_DELIVERY_PROPERTY = (
    "For Event Grid, add a static, secret header Authorization with the value Bearer "
    "{secret} under Delivery properties."
)
_SUBSCRIPTION = (
    "Or use Event Grid: under Events of the registry, add a subscription to Image Pushed and "
    "Image Deleted with the endpoint type Web Hook and the endpoint {url}."
)

PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="authorization",
            name="Authorization header",
            check=shared_secret("Authorization", prefixes=("Bearer ", "")),
            steps=(
                "For a webhook, enter Authorization: Bearer {secret} under Custom headers.",
                _DELIVERY_PROPERTY,
            ),
        ),
    ),
    steps=(
        "In the Azure portal, open the registry's Webhooks and add a webhook.",
        "Enter {url} as the service URI, and choose the actions push and delete.",
        "Leave the scope empty, or enter the repositories that the connection reads.",
        _SUBSCRIPTION,
    ),
    reports_deletions=True,
    handshake=handshake,
)
