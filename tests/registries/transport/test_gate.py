from __future__ import annotations

import threading

import pytest

from registries.transport.gate import Gate
from tests.wait import wait_until


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def gate(time: Time) -> Gate:
    return Gate(16, time)


def pass_through(gate: Gate) -> None:
    gate.enter()
    gate.leave()


def test_a_refusal_halves_it_and_never_closes_it(gate: Gate) -> None:
    assert [gate.narrow(epoch) and gate.width for epoch in range(6)] == [8, 4, 2, 1, 1, 1]


def test_refusals_of_one_epoch_count_once(gate: Gate) -> None:
    assert gate.narrow(3)
    assert not gate.narrow(3)
    assert not gate.narrow(2)
    assert gate.width == 8


def test_each_second_without_a_refusal_makes_it_one_wider(gate: Gate, time: Time) -> None:
    gate.narrow(0)
    pass_through(gate)
    assert gate.width == 8
    for width in (9, 10, 11):
        time.now += 1.0
        pass_through(gate)
        pass_through(gate)
        assert gate.width == width


def test_it_grows_no_wider_than_it_was(gate: Gate, time: Time) -> None:
    gate.narrow(0)
    for _ in range(50):
        time.now += 1.0
        pass_through(gate)
    assert gate.width == 16


def test_a_smaller_share_holds_at_once_and_a_larger_one_too(gate: Gate) -> None:
    gate.share(5)
    assert gate.width == 5
    gate.share(16)
    assert gate.width == 16


def test_a_larger_share_does_not_undo_a_refusal(gate: Gate) -> None:
    gate.narrow(0)
    gate.share(32)
    assert gate.width == 8


def test_nobody_is_shut_out_by_a_share_of_nothing(gate: Gate) -> None:
    gate.share(0)
    assert gate.width == 1


def test_who_finds_no_room_waits_for_it(gate: Gate) -> None:
    gate.share(1)
    gate.enter()
    came_in = threading.Event()

    def come_in() -> None:
        gate.enter()
        came_in.set()
        gate.leave()

    others = [threading.Thread(target=come_in) for _ in range(3)]
    for other in others:
        other.start()
    wait_until(lambda: gate._waiting == 3, "the others wait")
    assert not came_in.is_set()
    gate.leave()
    for other in others:
        other.join(10)
        assert not other.is_alive()
