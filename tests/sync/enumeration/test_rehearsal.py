"""A rehearsal bears in mind what a sync would have written by then."""

from __future__ import annotations

import pytest

from inventory.models import Image, RemovedReason
from inventory.reconcile import Key, Observed
from registries.models import Registry
from sync.dry_runs.kept_differences import KeptDifferences
from sync.enumeration.observe import Window
from sync.enumeration.rehearsal import Difference, Rehearsal
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


def rehearsal_of(registry: Registry, told: list[Difference]) -> Rehearsal:
    return Rehearsal(registry, tell=told.append, keep_on=lambda rehearsal: None)


def test_what_a_registry_shows_twice_is_told_once(registry: Registry) -> None:
    told: list[Difference] = []
    rehearsal = rehearsal_of(registry, told)
    for _ in range(2):
        rehearsal.record(window(v1=1, v2=7, v3=3))
    assert sorted((one.kind, one.key.tag) for one in told) == [("added", "v3"), ("moved", "v2")]
    assert (rehearsal.counts.added, rehearsal.counts.moved) == (1, 1)


def test_what_would_have_left_leaves_once_and_is_no_longer_active(registry: Registry) -> None:
    told: list[Difference] = []
    rehearsal = rehearsal_of(registry, told)
    rehearsal.record(window(v3=3))
    assert rehearsal.active_count() == 3
    for _ in range(2):
        rehearsal.remove(image_ids(registry), RemovedReason.GONE)
    assert rehearsal.active_count() == 1
    assert [one.kind for one in told] == [Kind.ADDED, Kind.REMOVED, Kind.REMOVED]
    assert Image.objects.filter(removed_at=None).count() == 2


def test_rows_are_kept_by_weight_and_shown_by_name() -> None:
    kept = KeptDifferences(3)
    for number in range(5):
        kept.add(Difference(Kind.ADDED, Key("a", f"v{number}")))
    kept.add(Difference(Kind.REMOVED, Key("b", "v1")))
    kept.add(Difference(Kind.HELD, Key("c", "v1")))
    assert [(one.kind, one.key.repository) for one in kept.in_order()] == [
        (Kind.ADDED, "a"),
        (Kind.REMOVED, "b"),
        (Kind.HELD, "c"),
    ]
