from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from registries.transport.fan_out import fan_out

THREADS = 4


@pytest.mark.parametrize("chunk", [1, 8])
@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 100, 1000])
def test_every_item_has_one_result(size: int, chunk: int) -> None:
    results = fan_out(lambda item: item * 2, range(size), threads=THREADS, chunk=chunk)
    assert sorted(results) == [item * 2 for item in range(size)]


def test_items_are_worked_on_at_once() -> None:
    everybody = threading.Barrier(THREADS, timeout=10)
    results = fan_out(lambda _: everybody.wait(), range(THREADS), threads=THREADS, chunk=8)
    assert sorted(results) == list(range(THREADS))


def test_results_come_before_the_items_end() -> None:
    assert next(fan_out(str, count(), threads=THREADS)) in {str(n) for n in range(2 * THREADS)}


@pytest.mark.parametrize("chunk", [1, 8])
def test_it_does_not_read_far_ahead(chunk: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            taken.append(number)
            yield number

    results = fan_out(str, items(), threads=THREADS, chunk=chunk)
    for _ in range(10):
        next(results)
    assert len(taken) <= 10 + (2 * THREADS + 1) * chunk
    results.close()  # type: ignore[attr-defined]


def test_items_are_taken_and_results_given_in_the_callers_thread() -> None:
    threads: set[int] = set()

    def items() -> Iterator[int]:
        for number in range(100):
            threads.add(threading.get_ident())
            yield number

    workers = set(fan_out(lambda _: threading.get_ident(), items(), threads=THREADS))
    assert threads == {threading.get_ident()}
    assert threading.get_ident() not in workers


def test_an_error_reaches_the_consumer_after_what_came_before_it() -> None:
    def fails_at_five(item: int) -> int:
        if item == 5:
            raise LookupError("five")
        return item

    seen: list[int] = []
    with pytest.raises(LookupError, match="five"):
        seen.extend(fan_out(fails_at_five, range(1000), threads=1, chunk=8))
    assert seen == [0, 1, 2, 3, 4]


def test_an_error_of_the_items_reaches_the_consumer() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("source")

    with pytest.raises(LookupError, match="source"):
        list(fan_out(str, items(), threads=THREADS))
    assert_threads_end()


def test_leaving_early_ends_the_threads_at_the_item_they_are_at() -> None:
    reached, go_on = threading.Event(), threading.Event()
    begun: list[int] = []

    def wait_at_three(item: int) -> None:
        begun.append(item)
        if item == 3:
            reached.set()
            go_on.wait(10)

    results = fan_out(wait_at_three, count(), threads=1, chunk=8)
    next(results)
    assert reached.wait(10)
    results.close()  # type: ignore[attr-defined]
    go_on.set()
    assert_threads_end()
    assert begun == [0, 1, 2, 3]


def test_a_result_does_not_wait_for_the_item_after_it() -> None:
    go_on = threading.Event()
    results = fan_out(
        lambda item: item if item < 3 else go_on.wait(10), range(8), threads=1, chunk=8
    )
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    go_on.set()
    assert list(results) == [True] * 5


def test_no_threads_are_one_thread() -> None:
    assert list(fan_out(str, range(3), threads=0)) == ["0", "1", "2"]


def assert_threads_end() -> None:
    for thread in threading.enumerate():
        if thread.name == "registry-request":
            thread.join(10)
            assert not thread.is_alive()
