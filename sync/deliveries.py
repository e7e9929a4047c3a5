"""The only writer of deliveries: what registries have told us, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection

from harborguard.clock import Now
from registries.pushes.delivery import Heard, PushEvent
from sync.models import PendingPush, PushDelivery, Verdict

KEPT_FOR = timedelta(days=7)

_NAMED_MOST = 100
_LOOKED_AT = 5000
_LONGEST_DETAIL = 1000
_PRUNED_TOGETHER = 1000
_PRUNED_A_TICK = 20
# Asked hundreds of times a second in a burst, when making SQL would cost more than the answer.
_IS_KNOWN = (
    "SELECT 1 FROM sync_pushdelivery "
    "WHERE registry_id = %s AND delivery_id = %s AND verdict = %s AND received_at > %s LIMIT 1"
)
# Of what nothing follows from only so many a minute are kept: the sender sets the pace.
_KEPT_A_MINUTE = {
    Verdict.REFUSED: 10,
    Verdict.UNREADABLE: 10,
    Verdict.DUPLICATE: 30,
    Verdict.IGNORED: 30,
}


def keep(
    registry_id: int,
    verdict: Verdict,
    at: datetime,
    *,
    heard: Heard | None = None,
    detail: str = "",
) -> PushDelivery | None:
    """Write a delivery down. None: there have been enough of its kind in the last minute."""
    most = _KEPT_A_MINUTE.get(verdict)
    if most is not None and _kept_lately(registry_id, verdict, at, most):
        return None
    heard = heard or Heard()
    return PushDelivery.objects.create(
        registry_id=registry_id,
        received_at=at,
        delivery_id=_text(heard.id, 200),
        event=_text(heard.event, 100),
        verdict=verdict,
        detail=_text(detail, _LONGEST_DETAIL),
        named=[_named(event) for event in heard.events[:_NAMED_MOST]],
    )


def is_known(registry_id: int, delivery_id: str, at: datetime) -> bool:
    """Whether what the sender calls by that id has been taken in within the week."""
    if not delivery_id:
        return False
    since = connection.ops.adapt_datetimefield_value(at - KEPT_FOR)
    with connection.cursor() as cursor:
        cursor.execute(_IS_KNOWN, [registry_id, _text(delivery_id, 200), Verdict.ACCEPTED, since])
        return cursor.fetchone() is not None


def link(registry_id: int, read: Collection[PendingPush], run_id: int) -> None:
    """Say of the deliveries that named what has been read which run it was."""
    found = _unread(registry_id, read)
    if found:
        PushDelivery.objects.filter(pk__in=found).update(run_id=run_id)


def give_up(registry_id: int, unread: Collection[PendingPush], why: str) -> None:
    """Say of the deliveries that what they named could not be read."""
    found = _unread(registry_id, unread)
    if found:
        detail = _text(f"{why}. The next full sync reads it", _LONGEST_DETAIL)
        rows = PushDelivery.objects.filter(pk__in=found)
        rows.update(verdict=Verdict.FAILED, detail=detail)


def prune() -> None:
    """Drop what is older than a week, a bounded part of it at a time."""
    old = PushDelivery.objects.filter(received_at__lt=Now() - KEPT_FOR).order_by("received_at")
    for _ in range(_PRUNED_A_TICK):
        some = list(old.values_list("pk", flat=True)[:_PRUNED_TOGETHER])
        if some:
            PushDelivery.objects.filter(pk__in=some).delete()
        if len(some) < _PRUNED_TOGETHER:
            return


def _kept_lately(registry_id: int, verdict: Verdict, at: datetime, most: int) -> bool:
    lately = PushDelivery.objects.filter(
        registry=registry_id, verdict=verdict, received_at__gt=at - timedelta(minutes=1)
    )
    return lately.order_by()[:most].count() >= most


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
    """As the database takes it: a sender may put anything into an id."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:most]
