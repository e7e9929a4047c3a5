"""An attempt writes fence first, then everything or nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from inventory.models import Image
from inventory.reconcile import Key, Observed
from inventory.services import Author
from registries.errors import InternalError
from registries.models import Registry
from sync.enumeration.attempt import Attempt
from sync.enumeration.observe import Window
from sync.models import Phase, State, SyncRun, Trigger
from sync.runs import lifecycle
from sync.runs.lifecycle import LeaseLost, Progress, Result
from tests.factories import let_lease_run_out, make_registry

pytestmark = pytest.mark.django_db
WINDOW = Window(observed={Key("team/app", "v1"): Observed("sha256:" + "1" * 64)})


@pytest.fixture
def registry() -> Registry:
    return make_registry()


@pytest.fixture
def attempt(registry: Registry) -> Attempt:
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    claim = lifecycle.claim(run.pk, "first")
    assert claim is not None
    return Attempt(claim, SyncRun.objects.select_related("registry").get(pk=run.pk))


def take_over(attempt: Attempt) -> lifecycle.Claim:
    let_lease_run_out(attempt.registry)
    second = lifecycle.claim(attempt.run.pk, "second")
    assert second is not None
    return second


def test_nothing_is_recorded_after_a_takeover(attempt: Attempt) -> None:
    take_over(attempt)
    with pytest.raises(LeaseLost):
        attempt.comparison.add_window(WINDOW)
    assert not Image.objects.exists()
    assert SyncRun.objects.get(pk=attempt.run.pk).added == 0


def test_a_change_that_breaks_off_leaves_nothing_behind(attempt: Attempt) -> None:
    def change(author: Author) -> None:
        Registry.objects.filter(pk=author.registry_id).update(name="half done")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        attempt.write(change, added=7)
    assert not Registry.objects.filter(name="half done").exists()
    assert SyncRun.objects.get(pk=attempt.run.pk).added == 0


def test_a_worker_that_freezes_between_lease_and_progress_leaves_the_finished_run_alone(
    attempt: Attempt,
) -> None:
    """The takeover happens in the very moment between the two UPDATEs of a renewal."""
    finished: list[dict[str, Any]] = []

    def freeze(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if not finished and sql.startswith("UPDATE") and "registries_registry" in sql:
            finished.append({})
            second = take_over(attempt)
            lifecycle.finish(second, Result(State.SUCCEEDED, Progress(repositories_read=9)))
            finished[0] = dict(SyncRun.objects.values().get(pk=attempt.run.pk))
        return result

    with connection.execute_wrapper(freeze), pytest.raises(LeaseLost):
        attempt.comparison.enter(Phase.TAGS)
    assert SyncRun.objects.values().get(pk=attempt.run.pk) == finished[0]


def test_a_reader_that_is_stuck_does_not_keep_the_lease(
    attempt: Attempt, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.SYNC_LEASE_SECONDS = 0.09
    monkeypatch.setattr("sync.enumeration.reader._STUCK_AFTER_SECONDS", 0.05)

    released = threading.Event()

    def hung() -> Iterator[int]:
        released.wait(30)
        yield 1

    with pytest.raises(InternalError, match="made no progress"):
        for _ in attempt.reader.read(hung()):
            pass
    released.set()
