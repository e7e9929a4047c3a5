"""Record deliveries and note what they name, in one transaction for all that arrive together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from django.db import transaction

from registries.providers.shared.delivery import DeliveryReport
from registries.webhook import lookup
from registries.webhook.lookup import Called
from sync.models import Verdict
from sync.pushes import deliveries, noting
from sync.pushes.deadlocks import outlasting_deadlocks
from sync.pushes.deliveries import Entry
from sync.pushes.group_commit import GroupCommit
from sync.pushes.pending import Target

_TOO_MANY = "Too much is pending, so this is left to the next full sync"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery to record: ACCEPTED for now where ``targets`` are to be read; ``is_proven`` if it
    was verified."""

    call: Called
    verdict: Verdict
    detail: str = ""
    report: DeliveryReport = field(default_factory=DeliveryReport)
    targets: frozenset[Target] = frozenset()
    is_proven: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a delivery.

    ``is_due``: something new is due, and nobody else in the transaction has been asked to queue it.
    """

    verdict: Verdict
    detail: str = ""
    is_due: bool = False


def record(receipt: Receipt) -> Outcome:
    """Record a delivery; return once it is committed. Raise NotWritten, or a database error."""
    return _together.submit(receipt)


def _record(receipts: Sequence[Receipt]) -> list[Outcome]:
    return outlasting_deadlocks(partial(_record_once, receipts))


@transaction.atomic
def _record_once(receipts: Sequence[Receipt]) -> list[Outcome]:
    recorded: dict[int, Outcome] = {}
    # In one order, for those who write to the same registries at the same time.
    for registry_id in sorted({receipt.call.registry_id for receipt in receipts}):
        of_it = [place for place, one in enumerate(receipts) if one.call.registry_id == registry_id]
        found = _record_of(registry_id, [receipts[place] for place in of_it])
        recorded.update(zip(of_it, found, strict=True))
    return [recorded[place] for place in range(len(receipts))]


def _record_of(registry_id: int, receipts: Sequence[Receipt]) -> list[Outcome]:
    proven = [receipt for receipt in receipts if receipt.is_proven]
    if proven:
        lookup.heard_from(max(proven, key=lambda receipt: receipt.call.at).call)
    recorded = _without_copies(registry_id, receipts)
    recorded = _note(registry_id, receipts, recorded)
    deliveries.keep(
        registry_id,
        (
            Entry(one.verdict, receipt.call.at, receipt.report, one.detail)
            for receipt, one in zip(receipts, recorded, strict=True)
        ),
    )
    return recorded


def _without_copies(registry_id: int, receipts: Sequence[Receipt]) -> list[Outcome]:
    ids = [deliveries.id_of(receipt.report) for receipt in receipts]
    known = deliveries.known(registry_id, ids, min(one.call.at for one in receipts))
    recorded = []
    for receipt, delivery_id in zip(receipts, ids, strict=True):
        if delivery_id in known:
            recorded.append(Outcome(Verdict.DUPLICATE, "Already received"))
            continue
        recorded.append(Outcome(receipt.verdict, receipt.detail))
        if delivery_id and receipt.verdict == Verdict.ACCEPTED:
            known.add(delivery_id)
    return recorded


def _note(
    registry_id: int, receipts: Sequence[Receipt], recorded: Sequence[Outcome]
) -> list[Outcome]:
    followed = [
        receipt.targets if one.verdict == Verdict.ACCEPTED else frozenset()
        for receipt, one in zip(receipts, recorded, strict=True)
    ]
    noted = noting.note(
        registry_id, frozenset().union(*followed), max(one.call.at for one in receipts)
    )
    due = noted.new | noted.left_out
    answers = []
    for targets, one in zip(followed, recorded, strict=True):
        is_due = not targets.isdisjoint(due)
        if is_due:
            due = set()
        if targets.isdisjoint(noted.left_out):
            answers.append(replace(one, is_due=is_due))
        else:
            answers.append(Outcome(Verdict.FAILED, _TOO_MANY, is_due))
    return answers


_together = GroupCommit(_record)
