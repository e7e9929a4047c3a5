"""What Azure Container Registry tells: by its own webhooks, or through Event Grid.

https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference
https://learn.microsoft.com/azure/event-grid/event-schema-container-registry

Both say the same: a webhook as one object, Event Grid as the "data" of each event in a list.
Neither signs; both send a header that they were given.
"""

from __future__ import annotations

from typing import Any

from registries.providers.shared.delivery import (
    Answer,
    Delivery,
    Heard,
    Pushes,
    PushEvent,
    Receiver,
    Unreadable,
    Verification,
)
from registries.providers.shared.members import object_at, optional_text, text_at
from registries.providers.shared.push_events import deleted, heard, pushed
from registries.providers.shared.verification import told

_VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
_CODE_LONGEST = 512
_EVENTS_MOST = 5000
_ACTIONS = {
    "Microsoft.ContainerRegistry.ImagePushed": "push",
    "Microsoft.ContainerRegistry.ImageDeleted": "delete",
}


def parse(delivery: Delivery, receiver: Receiver) -> Heard:
    document = delivery.json()
    if isinstance(document, dict) and "action" in document:
        outcome = _outcome(text_at(document, "action"), document, receiver)
        return heard(
            [outcome], event=text_at(document, "action"), delivery_id=optional_text(document, "id")
        )
    return _of_event_grid(_events(document), receiver)


def handshake(delivery: Delivery, receiver: Receiver) -> Answer | None:
    """Event Grid sends nothing to an address that did not repeat its code first."""
    try:
        events = _events(delivery.json())
        return _answer(events[0]) if _is_validation(events[0]) else None
    except Unreadable:
        return None


def _of_event_grid(events: list[dict[str, Any]], receiver: Receiver) -> Heard:
    """Sent again, an event may come with others: only what came alone is known by its id."""
    if _is_validation(events[0]):
        return Heard(_VALIDATION, ignored="A handshake of Event Grid", answer=_answer(events[0]))
    types = [_type(event) for event in events]
    return heard(
        [_outcome_of_type(event, receiver) for event in events],
        event=", ".join(sorted(set(types))),
        delivery_id=optional_text(events[0], "id") if len(events) == 1 else "",
    )


def _outcome_of_type(event: dict[str, Any], receiver: Receiver) -> PushEvent | str:
    action = _ACTIONS.get(_type(event), "")
    return _outcome(action, object_at(event, "data") if action else {}, receiver)


def _outcome(action: str, said: dict[str, Any], receiver: Receiver) -> PushEvent | str:
    if action == "ping":
        return "A test of the webhook"
    if action not in ("push", "delete"):
        return "Of a kind that changes no image"
    host = optional_text(said.get("request"), "host").lower()
    if host and host not in (receiver.origin.host, receiver.origin.netloc):
        return "About another registry than this one"
    target = object_at(said, "target")
    repository, tag = text_at(target, "repository"), optional_text(target, "tag")
    digest = optional_text(target, "digest")
    return (pushed if action == "push" else deleted)(repository, tag, digest)


def _events(document: Any) -> list[dict[str, Any]]:
    """A list, or one event alone as CloudEvents are sent."""
    events = document if isinstance(document, list) else [document]
    if not 0 < len(events) <= _EVENTS_MOST or not all(isinstance(one, dict) for one in events):
        raise Unreadable("The body is neither a webhook's object nor a list of events")
    for event in events:
        _type(event)
    return events


def _type(event: dict[str, Any]) -> str:
    """CloudEvents have "type" where Event Grid's own schema has "eventType"."""
    return optional_text(event, "eventType") or text_at(event, "type")


def _is_validation(event: dict[str, Any]) -> bool:
    return _type(event) == _VALIDATION


def _answer(event: dict[str, Any]) -> Answer:
    code = text_at(object_at(event, "data"), "validationCode")
    if len(code) > _CODE_LONGEST or not (code.isascii() and code.isprintable()):
        raise Unreadable('The body is without a usable "validationCode"')
    return Answer({"validationResponse": code})


_DELIVERY_PROPERTY = (
    "Event Grid: under delivery properties, add the static, secret header Authorization with the "
    "value Bearer {secret}"
)
_SUBSCRIPTION = (
    "Or use Event Grid: under the registry's Events, add a subscription of the types Image Pushed "
    "and Image Deleted, with the endpoint type Web Hook and {url} as its endpoint."
)

PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="authorization",
            name="Authorization header",
            check=told("Authorization", prefixes=("Bearer ", "")),
            steps=(
                "Webhook: under custom headers, enter Authorization: Bearer {secret}",
                _DELIVERY_PROPERTY,
            ),
        ),
    ),
    steps=(
        "In the Azure portal, open the registry's Webhooks and add one.",
        "Enter {url} as the service URI, and choose the actions push and delete.",
        "Leave the scope empty, or name the repositories that the connection reads.",
        _SUBSCRIPTION,
    ),
    tells_deletes=True,
    handshake=handshake,
)
