from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from sync.dashboard.latest_syncs import SHOWN, latest_syncs
from sync.models import State, SyncRun, Trigger
from tests.factories import make_claim, make_finished_run, make_registry

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_each_registry_has_its_own_syncs_newest_first(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    one, other, idle = make_registry(), make_registry(), make_registry()
    runs = [make_finished_run(one) for _ in range(SHOWN + 3)]
    few = [make_finished_run(other) for _ in range(2)]

    with django_assert_num_queries(2):
        found = latest_syncs([one.pk, other.pk, idle.pk])

    assert [run.pk for run in found[one.pk].runs] == [run.pk for run in reversed(runs)][:SHOWN]
    assert [run.pk for run in found[other.pk].runs] == [few[1].pk, few[0].pk]
    assert found[idle.pk].runs == ()


def test_push_runs_are_left_out() -> None:
    registry = make_registry()
    sync = make_finished_run(registry)
    for _ in range(SHOWN + 1):
        push = make_finished_run(registry, State.FAILED)
        SyncRun.objects.filter(pk=push.pk).update(trigger=Trigger.PUSH)

    assert [run.pk for run in latest_syncs([registry.pk])[registry.pk].runs] == [sync.pk]


def test_only_the_last_ten_finished_syncs_count() -> None:
    registry = make_registry()
    make_finished_run(registry, State.FAILED)
    for state in [State.SUCCEEDED] * 8 + [State.PARTIAL, State.FAILED]:
        make_finished_run(registry, state)
    make_claim(registry)

    syncs = latest_syncs([registry.pk])[registry.pk]

    assert len(syncs.runs) == 12
    assert (syncs.succeeded, syncs.partial, len(syncs.counted)) == (8, 1, 10)


def test_no_registries_take_no_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        assert latest_syncs([]) == {}
