"""A dry run is deleted, alone or with its registry, while its worker is just ending it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from inventory.reconcile import Key
from registries.models import Registry
from sync.dry_runs import lifecycle
from sync.dry_runs.attempt import DryRunAttempt, TagChange
from sync.models import DryRun, DryRunChange
from sync.services import deleting
from tests.factories import SOMEBODY, make_registry
from tests.other_connection import OtherConnection, other_connection
from tests.pages import digest_of
from tests.wait import somebody_waits_for_a_lock, wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]

Deletion = Callable[[DryRun], object]


@pytest.fixture
def worker() -> Iterator[OtherConnection]:
    with other_connection() as worker:
        yield worker


def end_it(taken: DryRun) -> None:
    added = TagChange(DryRunChange.Kind.ADDED, Key("team/app", "v1"), new=digest_of(1))
    attempt = DryRunAttempt(taken.registry, report=lambda change: None)
    lifecycle.finish(taken, attempt, [added])


def alone(taken: DryRun) -> object:
    return deleting.delete_dry_run(taken, by=SOMEBODY)


def with_its_registry(taken: DryRun) -> None:
    deleting.delete_registry(Registry.objects.get(pk=taken.registry_id), by=SOMEBODY)


@pytest.mark.parametrize("delete", [alone, with_its_registry])
def test_nothing_that_its_worker_adds_is_left_over(
    worker: OtherConnection, delete: Deletion
) -> None:
    taken = lifecycle.claim(lifecycle.request(make_registry().pk, {}).pk)
    assert taken is not None

    def delete_it() -> None:
        try:
            delete(taken)
        finally:
            connection.close()

    worker.begin()
    worker.do(lambda: end_it(taken))
    with ThreadPoolExecutor(max_workers=1) as person:
        deletion = person.submit(delete_it)
        try:
            wait_until(somebody_waits_for_a_lock, "the deletion comes upon what the worker holds")
        finally:
            worker.commit()
        deletion.result(timeout=30)

    assert not DryRun.objects.exists()
    assert not DryRunChange.objects.exists()
