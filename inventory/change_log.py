"""The change log: changes of images, filtered and newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from inventory.models import ImageEvent, Repository
from inventory.scan import Found, scan
from registries.models import Registry

Events = QuerySet[ImageEvent]

# Events are written in the order of their times, except by concurrent transactions, none of which
# takes longer than this.
_MAX_DISORDER = timedelta(minutes=10)
# Events of up to this many tags are gathered tag by tag.
_FEW_IMAGES = 2_000


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """The filters of the log; ``since`` and ``until`` are days in UTC, both included."""

    registry: Registry | None = None
    kind: str = ""
    since: date | None = None
    until: date | None = None
    run: int | None = None
    repository: Repository | None = None

    def page(self, after: ImageEvent | None, size: int) -> Found:
        """Return the ids of up to ``size`` events older than ``after``."""
        events, remaining = self._in_order()
        if after is not None:
            events = events.filter(pk__lt=after.pk)
        return scan([self._between_days(events)], self._matches() & remaining, size)

    def _in_order(self) -> tuple[Events, Q]:
        """Return events by the most selective index, and the condition it leaves to check."""
        events = ImageEvent.objects.all()
        if self.repository is not None:
            return self._of_repository(self.repository)
        if self.run is not None:
            return _only(events, "run_id", self.run, F("run_id").desc()), Q()
        if self.registry is not None:
            return _of_registry(self.registry.pk), Q()
        if self.kind:
            return _only(events, "kind", self.kind, F("kind").desc()), Q()
        return events.order_by("-pk"), Q()

    def _of_repository(self, repository: Repository) -> tuple[Events, Q]:
        images = list(repository.images.values_list("pk", flat=True).order_by()[: _FEW_IMAGES + 1])
        if len(images) > _FEW_IMAGES:
            return _of_registry(repository.registry_id), Q(image__repository=repository)
        # The expression matches no index, so that the planner gathers these events instead of
        # reading the primary key past all others.
        by_image = ImageEvent.objects.filter(image__in=images)
        return by_image.order_by((F("pk") + 0).desc()), Q()

    def _between_days(self, events: Events) -> Events:
        """Translate the days into ids, which every index can use."""
        by_time = ImageEvent.objects.values_list("pk", flat=True)
        if self._start is not None:
            before = by_time.filter(at__lt=self._start - _MAX_DISORDER).order_by("-at").first()
            events = events if before is None else events.filter(pk__gt=before)
        if self._end is not None:
            following = by_time.filter(at__gte=self._end + _MAX_DISORDER).order_by("at").first()
            events = events if following is None else events.filter(pk__lt=following)
        return events

    @property
    def _start(self) -> datetime | None:
        """The start of the first day, or None if it excludes nothing."""
        if self.since is None or self.since == date.min:
            return None
        return datetime.combine(self.since, time.min, UTC)

    @property
    def _end(self) -> datetime | None:
        last = self.until
        if last is None or last >= date.max - timedelta(days=1):
            return None
        return datetime.combine(last + timedelta(days=1), time.min, UTC)

    def _matches(self) -> Q:
        matches = Q()
        if self.registry is not None:
            matches &= Q(registry=self.registry)
        if self.kind:
            matches &= Q(kind=self.kind)
        if self.run is not None:
            matches &= Q(run_id=self.run)
        if self._start is not None:
            matches &= Q(at__gte=self._start)
        if self._end is not None:
            matches &= Q(at__lt=self._end)
        return matches


def _of_registry(registry: int) -> Events:
    return _only(ImageEvent.objects.all(), "registry_id", registry, F("registry_id").asc())


def _only(events: Events, column: str, value: Any, order: Any) -> Events:
    """Filter by a range of one, with the column in the order.

    The planner drops a column that equals a constant from the order it looks for in indexes, and
    may then read the primary key past all other events.
    """
    in_range = Q((f"{column}__gte", value), (f"{column}__lte", value))
    return events.filter(in_range).order_by(order, "-pk")


def by_day(events: list[ImageEvent]) -> Iterator[tuple[date, list[ImageEvent]]]:
    """Group events, sorted by time, by the UTC day."""
    day: date | None = None
    of_day: list[ImageEvent] = []
    for event in events:
        if event.at.date() != day and day is not None:
            yield day, of_day
            of_day = []
        day = event.at.date()
        of_day.append(event)
    if day is not None:
        yield day, of_day
