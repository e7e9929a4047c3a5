"""A registry calls its webhook: is it that registry, what does it say, what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from registries import webhooks
from registries.models import Registry
from registries.pushes.delivery import (
    Answer,
    Delivery,
    Heard,
    PushEvent,
    Receiver,
    Unreadable,
)
from registries.webhooks import Called
from sync import deliveries, pending, tasks
from sync.models import Verdict
from sync.pending import Target, TooMany

# Of one repository; more of its tags, and all of it is read again in their place.
_TAGS_MOST = 20
_OUTSIDE = "Outside the connection's filters"
_TOO_MANY = "So much is waiting to be read that this is left to the next full sync"


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a delivery; ``detail`` says why, for whoever looks at the sender's log."""

    verdict: Verdict
    detail: str = ""
    answer: Answer | None = None


def receive(provider: str, token: str, delivery: Delivery, url: str) -> Received | None:
    """None: there is no such address. Raise RegistryError where it cannot be verified now."""
    call = webhooks.called(provider, token)
    if call is None:
        return None
    received, due = _take_in(call, delivery, url)
    if due:
        tasks.follow_pushes(call.webhook.registry_id)
    return received


def _take_in(call: Called, delivery: Delivery, url: str) -> tuple[Received, bool]:
    """Also whether something is to be read that was not pending already."""
    receivers = list(webhooks.receivers(call.webhook, url))
    handshake = call.pushes.handshake
    answer = handshake(delivery, receivers[0]) if handshake else None
    if answer is not None:
        return _keep(call, Verdict.IGNORED, detail="A handshake", answer=answer), False
    receiver = _verified(call, delivery, receivers)
    if receiver is None:
        return _keep(call, Verdict.REFUSED, detail=_why_refused(call)), False
    return _hear(call, delivery, receiver)


def _verified(call: Called, delivery: Delivery, receivers: Iterable[Receiver]) -> Receiver | None:
    """As the one that it proves to be meant for."""
    way = webhooks.way_of(call.webhook)
    for receiver in receivers:
        if way is None:
            return receiver
        if all(map(receiver.option, way.needs)) and way.check(delivery, receiver):
            return receiver
    return None


def _why_refused(call: Called) -> str:
    way = webhooks.way_of(call.webhook)
    name = way.name if way else ""
    missing = [
        one for one in (way.needs if way else ()) if not call.webhook.registry.options.get(one)
    ]
    if missing:
        return f"It cannot be verified before the connection says: {', '.join(missing)}"
    return f"It does not prove to be the registry's: {name} is missing or wrong"


@transaction.atomic
def _hear(call: Called, delivery: Delivery, receiver: Receiver) -> tuple[Received, bool]:
    webhooks.heard_from(call)
    registry = call.webhook.registry
    try:
        heard = call.pushes.parse(delivery, receiver)
    except Unreadable as reason:
        return _keep(call, Verdict.UNREADABLE, detail=str(reason)), False
    if deliveries.is_known(registry.pk, heard.id, call.at):
        return _keep(call, Verdict.DUPLICATE, heard, detail="It has come before"), False
    wanted = [event for event in heard.events if _is_wanted(event, registry)]
    if not wanted:
        reason_told = _OUTSIDE if heard.events else heard.ignored
        return _keep(call, Verdict.IGNORED, heard, detail=reason_told, answer=heard.answer), False
    left_out = len(heard.events) - len(wanted)
    detail = f"{left_out} of what it names: {_OUTSIDE}" if left_out else ""
    try:
        is_new = pending.note(registry.pk, _targets(wanted), call.at)
    except TooMany:
        return _keep(call, Verdict.FAILED, heard, detail=_TOO_MANY, answer=heard.answer), True
    return _keep(call, Verdict.ACCEPTED, heard, detail=detail, answer=heard.answer), is_new


def _is_wanted(event: PushEvent, registry: Registry) -> bool:
    scope = registry.scope
    return scope.repositories.allows(event.repository) and (
        not event.tag or scope.tags.allows(event.tag)
    )


def _targets(events: Iterable[PushEvent]) -> list[Target]:
    tags: dict[str, set[str]] = {}
    for event in events:
        tags.setdefault(event.repository, set()).add(event.tag)
    return [
        Target(repository, tag)
        for repository, named in tags.items()
        for tag in (named if "" not in named and len(named) <= _TAGS_MOST else {""})
    ]


def _keep(
    call: Called,
    verdict: Verdict,
    heard: Heard | None = None,
    *,
    detail: str = "",
    answer: Answer | None = None,
) -> Received:
    registry_id = call.webhook.registry_id
    deliveries.keep(registry_id, verdict, call.at, heard=heard, detail=detail)
    return Received(verdict, detail, answer)
