"""Callers in threads, and writes that last as long as a test wants them to."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, get_ident

import pytest
from django.db import transaction

from sync.pushes import group_commit
from sync.pushes.group_commit import GroupCommit, NotWritten

_PATIENCE_SECONDS = 10


class Writer:
    """``groups`` as they were written; the first lasts until ``go_on``, and so may the others."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.threads: list[int] = []
        self.begun, self.go_on, self.later = Event(), Event(), Event()
        self.later.set()

    def write(self, items: Sequence[int]) -> list[str]:
        is_first = not self.groups
        self.groups.append(list(items))
        self.threads.append(get_ident())
        self.begun.set()
        assert (self.go_on if is_first else self.later).wait(_PATIENCE_SECONDS)
        if 13 in items:
            raise ValueError("13")
        return [f"written {item}" for item in items]


@pytest.fixture
def writer() -> Writer:
    return Writer()


@pytest.fixture
def threads(writer: Writer) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as pool:
        yield pool
        writer.go_on.set()
        writer.later.set()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def wait_for(group: GroupCommit[int, str], number: int) -> None:
    until(lambda: len(group._waiting) == number)


def begin(
    writer: Writer, threads: ThreadPoolExecutor, *waiting: int
) -> tuple[GroupCommit[int, str], list[Future[str]]]:
    """Item 0 is being written, and the others wait for their turn."""
    group = GroupCommit(writer.write)
    told = [threads.submit(group.submit, 0)]
    assert writer.begun.wait(_PATIENCE_SECONDS)
    for number, item in enumerate(waiting, start=1):
        told.append(threads.submit(group.submit, item))
        wait_for(group, number)
    return group, told


def test_who_comes_alone_is_written_at_once_in_their_own_thread(writer: Writer) -> None:
    writer.go_on.set()
    group = GroupCommit(writer.write)
    assert [group.submit(1), group.submit(2)] == ["written 1", "written 2"]
    assert writer.groups == [[1], [2]]
    assert set(writer.threads) == {get_ident()}


def test_those_who_come_while_another_is_written_are_written_together(
    writer: Writer, threads: ThreadPoolExecutor
) -> None:
    _, told = begin(writer, threads, 1, 2, 3, 4, 5, 6)
    writer.go_on.set()
    assert [one.result(_PATIENCE_SECONDS) for one in told] == [f"written {n}" for n in range(7)]
    assert writer.groups == [[0], [1, 2, 3, 4, 5, 6]]


def test_nobody_has_an_answer_before_their_group_is_written(
    writer: Writer, threads: ThreadPoolExecutor
) -> None:
    writer.later.clear()
    _, (first, *others) = begin(writer, threads, 1, 2, 3)
    assert not first.done()
    writer.go_on.set()
    first.result(_PATIENCE_SECONDS)
    until(lambda: len(writer.groups) == 2)
    assert not any(one.done() for one in others)
    writer.later.set()
    assert [one.result(_PATIENCE_SECONDS) for one in others] == [
        "written 1",
        "written 2",
        "written 3",
    ]


def test_more_than_enough_waits_for_the_next_group(
    writer: Writer, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MOST_TOGETHER", 2)
    _, told = begin(writer, threads, 1, 2, 3)
    writer.go_on.set()
    assert [one.result(_PATIENCE_SECONDS) for one in told] == [f"written {n}" for n in range(4)]
    assert writer.groups == [[0], [1, 2], [3]]


def test_a_bad_item_fails_alone(writer: Writer, threads: ThreadPoolExecutor) -> None:
    _, (first, good, bad, better) = begin(writer, threads, 1, 13, 2)
    writer.go_on.set()
    assert [one.result(_PATIENCE_SECONDS) for one in (first, good, better)] == [
        "written 0",
        "written 1",
        "written 2",
    ]
    with pytest.raises(ValueError, match="13"):
        bad.result(_PATIENCE_SECONDS)
    together, *alone = writer.groups[1:]
    assert together == [1, 13, 2]
    assert sorted(alone) == [[1], [2], [13]]


def test_those_who_wait_are_written_also_if_who_was_written_before_them_fails(
    writer: Writer, threads: ThreadPoolExecutor
) -> None:
    group = GroupCommit(writer.write)
    bad = threads.submit(group.submit, 13)
    assert writer.begun.wait(_PATIENCE_SECONDS)
    good = threads.submit(group.submit, 1)
    wait_for(group, 1)
    writer.go_on.set()
    assert good.result(_PATIENCE_SECONDS) == "written 1"
    with pytest.raises(ValueError, match="13"):
        bad.result(_PATIENCE_SECONDS)
    assert group.submit(2) == "written 2"


def test_whom_nobody_takes_in_time_writes_alone(
    writer: Writer, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE_SECONDS", 0.05)
    group, (first, other) = begin(writer, threads, 1)
    assert other.result(_PATIENCE_SECONDS) == "written 1"
    assert not first.done()
    assert not group._waiting


def test_whose_leader_does_not_come_back_is_told_so(
    writer: Writer, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE_SECONDS", 0.5)
    writer.later.clear()
    _, (_, leader, taken) = begin(writer, threads, 1, 2)
    writer.go_on.set()
    with pytest.raises(NotWritten):
        taken.result(_PATIENCE_SECONDS)
    assert writer.groups == [[0], [1, 2]]
    assert not leader.done()


def test_a_forked_process_begins_anew(writer: Writer, threads: ThreadPoolExecutor) -> None:
    group, _ = begin(writer, threads, 1)
    is_written = False
    child = os.fork()
    if child == 0:
        try:
            is_written = group.submit(2) == "written 2"
        finally:
            os._exit(0 if is_written else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.django_db
def test_who_is_in_a_transaction_writes_in_that_one(
    writer: Writer, threads: ThreadPoolExecutor
) -> None:
    group, _ = begin(writer, threads)
    with transaction.atomic():
        assert group.submit(1) == "written 1"
