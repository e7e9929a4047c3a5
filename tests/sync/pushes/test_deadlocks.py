"""Two transactions that want the same two rows, each in its own order."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F

from sync.models import PendingPush
from sync.pushes import noting
from sync.pushes.deadlocks import outlasting_deadlocks
from sync.pushes.pending import Target
from tests.factories import make_registry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

_PATIENCE_SECONDS = 30


class Writer:
    """Holds the first row in its first try until the other one does so too."""

    def __init__(self, names: Sequence[str], both_hold_one: Barrier) -> None:
        self._names = names
        self._both_hold_one = both_hold_one
        self.tries = 0

    @transaction.atomic
    def write(self) -> str:
        self.tries += 1
        for name in self._names:
            PendingPush.objects.filter(repository=name).update(attempts=F("attempts") + 1)
            if self.tries == 1 and name == self._names[0]:
                self._both_hold_one.wait(_PATIENCE_SECONDS)
        return "written"

    def run(self) -> str:
        try:
            return outlasting_deadlocks(self.write)
        finally:
            connection.close()


@pytest.mark.needs_postgresql
def test_who_is_ended_begins_anew() -> None:
    registry = make_registry()
    noting.note(registry.pk, [Target("a"), Target("b")], registry.created_at)
    barrier = Barrier(2)
    writers = [Writer(names, barrier) for names in ("ab", "ba")]
    with ThreadPoolExecutor(2) as threads:
        told = [threads.submit(writer.run) for writer in writers]
        assert [one.result(_PATIENCE_SECONDS) for one in told] == ["written"] * 2
    assert sum(writer.tries for writer in writers) > 2
    assert set(PendingPush.objects.values_list("attempts", flat=True)) == {2}


def failing(tries: list[int]) -> None:
    tries.append(1)
    raise OperationalError("the connection is lost")


def test_any_other_error_is_told_at_once() -> None:
    tries: list[int] = []
    with pytest.raises(OperationalError):
        outlasting_deadlocks(partial(failing, tries))
    assert len(tries) == 1
