"""The only writer of the delivery log."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import compress

from django.db import connection

from harborguard.clock import Now
from registries.providers.shared.delivery import DeliveryReport, PushEvent
from sync.models import PendingPush, PushDelivery, Verdict

KEPT_FOR = timedelta(days=7)

_NAMED_MOST = 100
_LOOKED_AT = 5000
_LONGEST_DETAIL = 1000
_PRUNED_TOGETHER = 1000
_PRUNED_A_TICK = 20
# Queried hundreds of times per second in a burst, when building SQL would cost more than the
# answer. By id alone: before PostgreSQL has analyzed new rows, an index by verdict looks as good,
# and it holds all of them.
_IS_KNOWN = (
    "EXISTS (SELECT 1 FROM sync_pushdelivery WHERE registry_id = %s AND delivery_id = %s "
    "AND verdict || '' = %s AND received_at > %s)"
)
# Of deliveries that start nothing only so many per minute are kept: the sender sets the pace.
_KEPT_A_MINUTE = {
    Verdict.REFUSED: 10,
    Verdict.UNREADABLE: 10,
    Verdict.DUPLICATE: 30,
    Verdict.IGNORED: 30,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivery and its outcome; ``detail`` gives the reason, for a person."""

    verdict: Verdict
    at: datetime
    report: DeliveryReport = field(default_factory=DeliveryReport)
    detail: str = ""


def keep(registry_id: int, entries: Iterable[Entry]) -> None:
    """Write deliveries; of kinds that start nothing only up to the limit."""
    of_a_kind: dict[Verdict, list[Entry]] = {}
    for entry in entries:
        of_a_kind.setdefault(entry.verdict, []).append(entry)
    PushDelivery.objects.bulk_create(
        _row(registry_id, one)
        for verdict, alike in of_a_kind.items()
        for one in alike[: _room(registry_id, verdict, alike[-1].at)]
    )


def known(registry_id: int, ids: Iterable[str], at: datetime) -> set[str]:
    """Return which of the ids (see ``id_of``) were accepted within the week."""
    asked = [one for one in ids if one]
    if not asked:
        return set()
    since = connection.ops.adapt_datetimefield_value(at - KEPT_FOR)
    values = [value for one in asked for value in (registry_id, one, Verdict.ACCEPTED, since)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join([_IS_KNOWN] * len(asked)), values)
        return set(compress(asked, cursor.fetchone()))


def id_of(report: DeliveryReport) -> str:
    """Return the sender's id as it is stored."""
    return _text(report.id, 200)


def link(registry_id: int, read: Collection[PendingPush], run_id: int) -> None:
    """Link the deliveries to the run that read what they named."""
    found = _unread(registry_id, read)
    if found:
        PushDelivery.objects.filter(pk__in=found).update(run_id=run_id)


def give_up(registry_id: int, unread: Collection[PendingPush], why: str) -> None:
    """Mark the deliveries whose targets could not be read."""
    found = _unread(registry_id, unread)
    if found:
        detail = _text(f"{why}. The next full sync reads it", _LONGEST_DETAIL)
        rows = PushDelivery.objects.filter(pk__in=found)
        rows.update(verdict=Verdict.FAILED, detail=detail)


def prune() -> None:
    """Delete deliveries older than a week, in batches."""
    old = PushDelivery.objects.filter(received_at__lt=Now() - KEPT_FOR).order_by("received_at")
    for _ in range(_PRUNED_A_TICK):
        some = list(old.values_list("pk", flat=True)[:_PRUNED_TOGETHER])
        if some:
            PushDelivery.objects.filter(pk__in=some).delete()
        if len(some) < _PRUNED_TOGETHER:
            return


def _row(registry_id: int, entry: Entry) -> PushDelivery:
    return PushDelivery(
        registry_id=registry_id,
        received_at=entry.at,
        delivery_id=id_of(entry.report),
        event=_text(entry.report.event, 100),
        verdict=entry.verdict,
        detail=_text(entry.detail, _LONGEST_DETAIL),
        named=[_named(event) for event in entry.report.events[:_NAMED_MOST]],
    )


def _room(registry_id: int, verdict: Verdict, at: datetime) -> int | None:
    """Return how many more of the kind may be kept in this minute, or None for all."""
    most = _KEPT_A_MINUTE.get(verdict)
    if most is None:
        return None
    lately = PushDelivery.objects.filter(
        registry=registry_id, verdict=verdict, received_at__gt=at - timedelta(minutes=1)
    )
    return most - lately.order_by()[:most].count()


def _unread(registry_id: int, targets: Iterable[PendingPush]) -> Sequence[int]:
    wanted = {(target.repository, target.tag) for target in targets}
    rows = PushDelivery.objects.filter(
        registry=registry_id, verdict=Verdict.ACCEPTED, run_id=None
    ).order_by("pk")
    return [
        pk
        for pk, named in rows.values_list("pk", "named")[:_LOOKED_AT]
        if any(
            (one["repository"], one["tag"]) in wanted or (one["repository"], "") in wanted
            for one in named
        )
    ]


def _named(event: PushEvent) -> dict[str, str]:
    return {"repository": event.repository, "tag": event.tag, "action": str(event.action)}


def _text(text: str, most: int) -> str:
    """Return text that the database can store: a sender may put anything into an id."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:most]
