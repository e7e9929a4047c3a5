"""The metrics, named by Prometheus' conventions; docs/operations.md lists them.

The only unbounded label is the registry: repositories and tags have too many values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from harborguard.ops.metrics.snapshot import Ended, Snapshot
from registries.models import Registry, Status
from registries.transport.identity import VERSION
from sync.models import FINISHED_STATES, State

_NONE = Ended(0, 0.0)
_OUTCOMES = (*FINISHED_STATES, State.SUPERSEDED)


class DatabaseCollector(Collector):
    """Reads the database when it is scraped: every web process returns the same."""

    def collect(self) -> Iterator[Metric]:
        snapshot = Snapshot.take()
        yield InfoMetricFamily("harborguard_build", "This version", value={"version": VERSION})
        yield _status(snapshot.registries)
        yield from _of_registries(snapshot)
        yield _runs(snapshot)
        yield _durations(snapshot)
        yield from _of_the_installation(snapshot)


METRICS = CollectorRegistry()
METRICS.register(DatabaseCollector())


def _status(registries: list[Registry]) -> Metric:
    family = GaugeMetricFamily(
        "harborguard_registry_status",
        "1 for the current status of the registry, 0 for the others",
        labels=["registry", "status"],
    )
    for registry in registries:
        for status in Status:
            family.add_metric([registry.name, status], registry.status == status)
    return family


def _of_registries(snapshot: Snapshot) -> Iterator[Metric]:
    """Yield samples; a registry without a value has none."""
    values: tuple[tuple[str, str, Callable[[Registry], float | None]], ...] = (
        (
            "health_ratio",
            "Share of success in the last 10 syncs, 0 to 1",
            _health,
        ),
        (
            "last_success_timestamp_seconds",
            "When the last successful or partial sync ended",
            _last_success,
        ),
        (
            "consecutive_failures",
            "Failed syncs since the last successful one",
            lambda registry: registry.consecutive_failures,
        ),
        (
            "repositories",
            "Repositories in the inventory",
            lambda registry: registry.repository_count,
        ),
        ("images", "Images in the inventory", lambda registry: registry.image_count),
        (
            "held_removals",
            "Images whose removal is held for review",
            lambda registry: snapshot.held_removals.get(registry.pk, 0),
        ),
        (
            "pending_pushes",
            "Repositories and tags that webhooks named and that are still to be read",
            lambda registry: snapshot.pending_pushes.get(registry.pk, 0),
        ),
        (
            "last_push_timestamp_seconds",
            "When the registry last called its webhook",
            lambda registry: _timestamp(snapshot.last_pushes.get(registry.pk)),
        ),
    )
    for name, documentation, value_of in values:
        family = GaugeMetricFamily(
            f"harborguard_registry_{name}", documentation, labels=["registry"]
        )
        for registry in snapshot.registries:
            if (value := value_of(registry)) is not None:
                family.add_metric([registry.name], value)
        yield family


def _health(registry: Registry) -> float | None:
    return None if registry.health is None else registry.health / 100


def _last_success(registry: Registry) -> float | None:
    return _timestamp(registry.last_sync_at)


def _timestamp(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _runs(snapshot: Snapshot) -> Metric:
    family = CounterMetricFamily(
        "harborguard_sync_runs", "Syncs that have finished", labels=["registry", "outcome"]
    )
    for registry in snapshot.registries:
        for outcome in _OUTCOMES:
            ended = snapshot.ended.get((registry.pk, outcome), _NONE)
            family.add_metric([registry.name, outcome], ended.count)
    return family


def _durations(snapshot: Snapshot) -> Metric:
    family = SummaryMetricFamily(
        "harborguard_sync_duration_seconds",
        "Duration of syncs, from a worker's start to the end",
        labels=["registry"],
    )
    for registry in snapshot.registries:
        ended = [snapshot.ended.get((registry.pk, state), _NONE) for state in FINISHED_STATES]
        count, seconds = sum(one.count for one in ended), sum(one.seconds for one in ended)
        family.add_metric([registry.name], count_value=count, sum_value=seconds)
    return family


def _of_the_installation(snapshot: Snapshot) -> Iterator[Metric]:
    backlog = snapshot.backlog
    yield GaugeMetricFamily("harborguard_queued_runs", "Syncs waiting for a worker", backlog.queued)
    yield GaugeMetricFamily("harborguard_running_runs", "Syncs in progress", backlog.running)
    yield GaugeMetricFamily(
        "harborguard_oldest_queued_run_age_seconds",
        "How long the oldest sync without a worker has been waiting",
        backlog.oldest_seconds,
    )
    if snapshot.swept_at is not None:
        yield GaugeMetricFamily(
            "harborguard_last_sweep_timestamp_seconds",
            "When the tick last started due syncs and recovered lost ones",
            snapshot.swept_at.timestamp(),
        )
