"""The latest syncs of many registries at once, at a cost that does not grow with their histories.

Push runs are left out: as in the health score, a sync is a run that reads the whole registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import OuterRef, Q, QuerySet, Subquery

from registries.models import Registry
from sync.models import FINISHED_STATES, State, SyncRun, Trigger
from sync.runs import health

SHOWN = 20
_SHOWN_OF_A_RUN = ("registry_id", "state", "queued_at", "started_at", "finished_at")


@dataclass(frozen=True, slots=True)
class LatestSyncs:
    """Up to ``SHOWN`` runs, newest first, including a running one."""

    runs: tuple[SyncRun, ...] = ()

    @property
    def counted(self) -> tuple[SyncRun, ...]:
        """The runs that the health score is computed from."""
        finished = [run for run in self.runs if run.state in FINISHED_STATES]
        return tuple(finished[: health.WINDOW])

    @property
    def succeeded(self) -> int:
        return sum(run.state == State.SUCCEEDED for run in self.counted)

    @property
    def partial(self) -> int:
        return sum(run.state == State.PARTIAL for run in self.counted)


def latest_syncs(registry_ids: Iterable[int]) -> Mapping[int, LatestSyncs]:
    """Return the latest syncs by registry id, in two queries bounded by what is shown."""
    found: dict[int, list[SyncRun]] = {registry_id: [] for registry_id in registry_ids}
    if found:
        for run in _syncs().filter(_since_oldest_shown(found)).only(*_SHOWN_OF_A_RUN):
            found[run.registry_id].append(run)
    return {
        registry_id: LatestSyncs(tuple(sorted(runs, key=lambda run: -run.pk)[:SHOWN]))
        for registry_id, runs in found.items()
    }


def _syncs() -> QuerySet[SyncRun]:
    return SyncRun.objects.exclude(trigger=Trigger.PUSH).order_by()


def _since_oldest_shown(registry_ids: Iterable[int]) -> Q:
    """Match one index range per registry; a window function would read every run of each."""
    newest = _syncs().filter(registry=OuterRef("pk")).order_by("-pk").values("pk")
    oldest = Registry.objects.filter(pk__in=registry_ids).order_by()
    rows = oldest.values_list("pk", Subquery(newest[SHOWN - 1 : SHOWN]))
    return reduce(or_, (Q(registry=pk, pk__gte=shown or 0) for pk, shown in rows), Q(pk__in=[]))
