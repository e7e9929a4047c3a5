"""Receive a delivery: verify it, parse it, record it, and queue what follows."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db import DatabaseError

from registries.providers.shared.delivery import (
    Delivery,
    HandshakeAnswer,
    MalformedDelivery,
    PushEvent,
    Receiver,
)
from registries.tag_filter import Scope
from registries.webhook import lookup
from registries.webhook.lookup import Called
from sync.models import Verdict
from sync.pushes import push_runs, recording
from sync.pushes.pending import Target
from sync.pushes.recording import Receipt

logger = logging.getLogger(__name__)

# Tags per repository; with more, the whole repository is read instead.
_TAGS_MOST = 20
_OUTSIDE = "Outside the connection's filters"


@dataclass(frozen=True, slots=True)
class Received:
    """The outcome of a delivery; ``detail`` gives the reason, for the sender's log."""

    verdict: Verdict
    detail: str = ""
    answer: HandshakeAnswer | None = None


def receive(provider: str, token: str, delivery: Delivery, url: str) -> Received | None:
    """Receive a delivery; None for an unknown URL. Raise RegistryError where it cannot be verified
    now."""
    call = lookup.called(provider, token, url)
    if call is None:
        return None
    receipt, answer = _read(call, delivery)
    recorded = recording.record(receipt)
    if recorded.is_due:
        _follow(call.registry_id)
    is_copy = recorded.verdict == Verdict.DUPLICATE
    return Received(recorded.verdict, recorded.detail, None if is_copy else answer)


def _follow(registry_id: int) -> None:
    """Queue a run if one is due. A failure does not matter: what was committed is found by the
    tick."""
    try:
        push_runs.queue_if_due(registry_id)
    except DatabaseError:
        told = "No run could be queued for pushes of registry %s; the next tick retries"
        logger.exception(told, registry_id)


def _read(call: Called, delivery: Delivery) -> tuple[Receipt, HandshakeAnswer | None]:
    """Verify and parse. Return what to record, and the answer for the sender. Raise
    RegistryError."""
    answer = _handshake(call, delivery)
    if answer is not None:
        return Receipt(call, Verdict.IGNORED, "A handshake", is_proven=False), answer
    receiver = _verified(call, delivery)
    if receiver is None:
        return Receipt(call, Verdict.REFUSED, _why_refused(call), is_proven=False), None
    return _heard(call, delivery, receiver)


def _handshake(call: Called, delivery: Delivery) -> HandshakeAnswer | None:
    """Return the answer to a handshake, or None. A malformed one must be verified like any
    other."""
    handshake = call.pushes.handshake
    try:
        return handshake(delivery, call.receivers[0]) if handshake else None
    except MalformedDelivery:
        return None


def _verified(call: Called, delivery: Delivery) -> Receiver | None:
    """Return the receiver that the delivery is verified for, or None."""
    way = call.way
    for receiver in call.receivers:
        if way is None:
            return receiver
        if all(map(receiver.option, way.needs)) and way.check(delivery, receiver):
            return receiver
    return None


def _why_refused(call: Called) -> str:
    name, needs = (call.way.name, call.way.needs) if call.way else ("", ())
    missing = [one for one in needs if not call.receivers[0].option(one)]
    if missing:
        return (
            "Cannot be verified until these options of the connection are set: "
            f"{', '.join(missing)}"
        )
    return f"Rejected: {name} is missing or wrong"


def _heard(
    call: Called, delivery: Delivery, receiver: Receiver
) -> tuple[Receipt, HandshakeAnswer | None]:
    try:
        report = call.pushes.parse(delivery, receiver)
    except MalformedDelivery as reason:
        return Receipt(call, Verdict.UNREADABLE, str(reason)), None
    wanted = [event for event in report.events if _is_wanted(event, call.scope)]
    if not wanted:
        reason_told = _OUTSIDE if report.events else report.ignored
        return Receipt(call, Verdict.IGNORED, reason_told, report), report.answer
    left_out = len(report.events) - len(wanted)
    detail = f"{left_out} of the named tags: {_OUTSIDE}" if left_out else ""
    # Only the first events of many are kept, and link the delivery to its run.
    report = replace(report, events=tuple(dict.fromkeys((*wanted, *report.events))))
    return Receipt(call, Verdict.ACCEPTED, detail, report, _targets(wanted)), report.answer


def _is_wanted(event: PushEvent, scope: Scope) -> bool:
    return scope.repositories.allows(event.repository) and (
        not event.tag or scope.tags.allows(event.tag)
    )


def _targets(events: Iterable[PushEvent]) -> frozenset[Target]:
    tags: dict[str, set[str]] = {}
    for event in events:
        tags.setdefault(event.repository, set()).add(event.tag)
    return frozenset(
        Target(repository, tag)
        for repository, named in tags.items()
        for tag in (named if "" not in named and len(named) <= _TAGS_MOST else {""})
    )
