"""A attempt bears in mind what a sync would have written by then."""

from __future__ import annotations

import pytest

from inventory.models import Image, RemovedReason
from inventory.reconcile import Key, Observed
from registries.models import Registry
from sync.dry_runs.attempt import DryRunAttempt, TagChange
from sync.dry_runs.kept_changes import KeptChanges
from sync.enumeration.observe import Window
from sync.models import DryRunChange
from tests.factories import make_registry
from tests.pages import digest_of, image_ids, observe

pytestmark = pytest.mark.django_db
Kind = DryRunChange.Kind


@pytest.fixture
def registry() -> Registry:
    registry = make_registry()
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    return registry


def window(**tags: int) -> Window:
    observed = {Key("team/app", tag): Observed(digest_of(to)) for tag, to in tags.items()}
    return Window(observed=observed)


def attempt_of(registry: Registry, reported: list[TagChange]) -> DryRunAttempt:
    return DryRunAttempt(registry, report=reported.append)


def test_what_a_registry_shows_twice_is_reported_once(registry: Registry) -> None:
    reported: list[TagChange] = []
    attempt = attempt_of(registry, reported)
    for _ in range(2):
        attempt.comparison.add_window(window(v1=1, v2=7, v3=3))
    assert sorted((one.kind, one.key.tag) for one in reported) == [("added", "v3"), ("moved", "v2")]
    assert (attempt.counts.added, attempt.counts.moved) == (1, 1)


def test_what_would_have_left_leaves_once_and_is_no_longer_active(registry: Registry) -> None:
    reported: list[TagChange] = []
    attempt = attempt_of(registry, reported)
    attempt.comparison.add_window(window(v3=3))
    assert attempt.active_count() == 3
    for _ in range(2):
        attempt.remove(image_ids(registry), RemovedReason.GONE)
    assert attempt.active_count() == 1
    assert [one.kind for one in reported] == [Kind.ADDED, Kind.REMOVED, Kind.REMOVED]
    assert Image.objects.filter(removed_at=None).count() == 2


def test_rows_are_kept_by_weight_and_shown_by_name() -> None:
    kept = KeptChanges(3)
    for number in range(5):
        kept.add(TagChange(Kind.ADDED, Key("a", f"v{number}")))
    kept.add(TagChange(Kind.REMOVED, Key("b", "v1")))
    kept.add(TagChange(Kind.HELD, Key("c", "v1")))
    assert [(one.kind, one.key.repository) for one in kept.in_order()] == [
        (Kind.ADDED, "a"),
        (Kind.REMOVED, "b"),
        (Kind.HELD, "c"),
    ]
