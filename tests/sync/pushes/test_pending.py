"""Pending pushes: what is read, and when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.db.models import F

from harborguard.clock import Now
from registries.errors import AccessDenied, NetworkError, RateLimited
from registries.models import Registry
from registries.providers.shared.delivery import Action, DeliveryReport, PushEvent
from sync.models import PendingPush, PushDelivery, Verdict
from sync.pushes import deliveries, noting, pending
from sync.pushes.deliveries import Entry
from sync.pushes.pending import Target
from sync.runs import lifecycle
from tests.factories import make_registry
from tests.other_connection import other_connection
from tests.wait import somebody_waits_for_a_lock, wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

APP = Target("team/app", "v1")


@pytest.fixture
def registry() -> Registry:
    return make_registry()


def note(registry: Registry, *targets: Target) -> bool:
    return bool(noting.note(registry.pk, targets or [APP], lifecycle.now(registry.pk)).new)


def time_passes(by: timedelta) -> None:
    PendingPush.objects.update(due_at=F("due_at") - by, read_at=F("read_at") - by)


def settle(registry: Registry, rows: list[PendingPush]) -> None:
    pending.settle(registry.pk, rows, run_id=7)


def test_the_first_is_due_at_once(registry: Registry) -> None:
    assert note(registry)
    assert [str(row) for row in pending.due(registry.pk)] == ["team/app:v1"]
    assert pending.registries_due() == [registry.pk]


def test_what_is_pending_already_is_nothing_new(registry: Registry) -> None:
    note(registry)
    assert not note(registry)
    assert len(pending.due(registry.pk)) == 1


def test_what_was_read_is_pending_no_more(registry: Registry) -> None:
    note(registry)
    settle(registry, pending.due(registry.pk))
    assert pending.due(registry.pk) == []
    assert pending.due_in(registry.pk) is None


@pytest.mark.parametrize("target", [APP, Target("team/app", "v2"), Target("team/app")])
def test_what_follows_a_read_of_the_repository_is_due_at_the_end_of_a_window(
    registry: Registry, target: Target
) -> None:
    note(registry)
    settle(registry, pending.due(registry.pk))
    assert note(registry, target)
    assert pending.due(registry.pk) == []
    wait = pending.due_in(registry.pk)
    assert wait is not None
    assert 3 < wait <= 5
    time_passes(timedelta(seconds=5))
    assert len(pending.due(registry.pk)) == 1


def test_another_repository_does_not_wait(registry: Registry) -> None:
    note(registry)
    settle(registry, pending.due(registry.pk))
    note(registry, Target("team/other", "v1"))
    assert len(pending.due(registry.pk)) == 1


def test_what_is_named_again_while_it_is_read_stays_pending(registry: Registry) -> None:
    note(registry)
    read = pending.due(registry.pk)
    note(registry)
    settle(registry, read)
    wait = pending.due_in(registry.pk)
    assert wait is not None
    assert 3 < wait <= 5


def test_a_delivery_is_linked_to_the_run_that_read_what_it_named(registry: Registry) -> None:
    now = lifecycle.now(registry.pk)
    named = DeliveryReport(events=(PushEvent(Action.PUSHED, "team/app", "v1"),))
    other = DeliveryReport(events=(PushEvent(Action.PUSHED, "team/app", "v2"),))
    deliveries.keep(registry.pk, [Entry(Verdict.ACCEPTED, now, one) for one in (named, other)])
    note(registry)
    settle(registry, pending.due(registry.pk))
    assert list(PushDelivery.objects.order_by("pk").values_list("run_id", flat=True)) == [7, None]


def test_what_could_not_be_read_waits_ever_longer_and_is_given_up(registry: Registry) -> None:
    report = DeliveryReport(events=(PushEvent(Action.PUSHED, "team/app", "v1"),))
    now = lifecycle.now(registry.pk)
    deliveries.keep(registry.pk, [Entry(Verdict.ACCEPTED, now, report)])
    note(registry)
    waits = []
    while rows := pending.due(registry.pk):
        pending.postpone(registry.pk, rows, NetworkError("The registry is away"))
        if (wait := pending.due_in(registry.pk)) is not None:
            waits.append(round(wait))
            time_passes(timedelta(seconds=wait + 1))
    assert waits == [10, 30, 120, 600]
    told = PushDelivery.objects.get()
    assert told.verdict == Verdict.FAILED
    assert "The registry is away. The next full sync" in told.detail


def test_a_registrys_own_wish_is_waited_for(registry: Registry) -> None:
    note(registry)
    rows = pending.due(registry.pk)
    pending.postpone(registry.pk, rows, RateLimited("Too many", retry_after=100))
    wait = pending.due_in(registry.pk)
    assert wait is not None
    assert 95 < wait <= 100


def test_what_cannot_help_is_not_tried_again(registry: Registry) -> None:
    note(registry)
    pending.postpone(registry.pk, pending.due(registry.pk), AccessDenied("Not for you"))
    assert pending.due_in(registry.pk) is None


def test_what_was_named_again_is_not_given_up(registry: Registry) -> None:
    note(registry)
    rows = pending.due(registry.pk)
    note(registry)
    pending.postpone(registry.pk, rows, AccessDenied("Not for you"))
    assert pending.due_in(registry.pk) is not None


def test_more_than_enough_is_refused(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noting, "MOST_PENDING", 2)
    note(registry, Target("a", "1"), Target("b", "1"))
    noted = noting.note(registry.pk, [Target("c", "1")], lifecycle.now(registry.pk))
    assert (noted.new, noted.left_out) == (set(), {Target("c", "1")})
    assert not note(registry, Target("a", "1"))


def test_idle_rows_are_forgotten_after_a_while(registry: Registry) -> None:
    note(registry, APP, Target("team/other", "v1"))
    settle(registry, [row for row in pending.due(registry.pk) if row.repository == "team/app"])
    PendingPush.objects.update(read_at=Now() - timedelta(hours=1))
    pending.prune()
    assert [row.repository for row in PendingPush.objects.all()] == ["team/other"]


def test_many_idle_rows_are_forgotten_at_once(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "_PRUNED_TOGETHER", 2)
    note(registry, *[Target(f"team/app-{number}", "v1") for number in range(5)])
    PendingPush.objects.update(due_at=None, read_at=Now() - timedelta(hours=1))
    pending.prune()
    assert not PendingPush.objects.exists()


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_an_idle_row_that_is_named_right_now_stays_and_is_not_waited_for(
    registry: Registry,
) -> None:
    note(registry, APP, Target("team/other", "v1"))
    PendingPush.objects.update(due_at=None, read_at=Now() - timedelta(hours=1))
    with other_connection() as somebody:
        somebody.begin()
        somebody.do(partial(note, registry, APP))
        pending.prune()
        somebody.commit()
    assert [str(row) for row in pending.due(registry.pk)] == ["team/app:v1"]
    assert PendingPush.objects.count() == 1


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_who_postpones_and_who_names_the_same_do_not_wait_for_each_other(
    registry: Registry,
) -> None:
    first, second = Target("a", "1"), Target("b", "1")
    note(registry, first, second)
    PendingPush.objects.filter(repository="a").update(attempts=1)
    rows = pending.due(registry.pk)

    def postpone() -> None:
        with transaction.atomic():
            pending.postpone(registry.pk, rows, NetworkError("No answer"))

    with other_connection() as somebody, other_connection() as run, ThreadPoolExecutor() as thread:
        somebody.begin()
        somebody.do(partial(note, registry, first))
        postponed = thread.submit(run.do, postpone)
        wait_until(somebody_waits_for_a_lock, "the run waits for whoever names the first")
        somebody.do(partial(note, registry, second))
        somebody.commit()
        postponed.result(timeout=30)
    assert sorted(PendingPush.objects.values_list("attempts", flat=True)) == [1, 2]
