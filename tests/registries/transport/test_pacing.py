from __future__ import annotations

import pytest

from registries.transport.pacing import Pace


class Time:
    """A clock that goes on by what is slept."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pace(time: Time) -> Pace:
    return Pace(time)


def test_nobody_waits_before_a_refusal(time: Time, pace: Pace) -> None:
    for _ in range(100):
        pace.wait(time.sleep)
        pace.answered()
    assert time.slept == []


def test_everybody_waits_as_long_as_the_registry_wishes(time: Time, pace: Pace) -> None:
    pace.refused(pace.wait(time.sleep), wish=7.0)
    began: list[float] = []
    for _ in range(4):
        pace.wait(lambda seconds: began.append(time.now + seconds))
    assert began[0] == 107.0
    # One after the other, not all at once.
    assert began == sorted(set(began))


def test_it_slows_down_with_each_refusal(time: Time, pace: Pace) -> None:
    waits = [pace.refused(pace.wait(time.sleep), wish=0.0) for _ in range(14)]
    assert waits == sorted(waits)
    assert waits[-1] == 30.0


def test_refusals_of_what_was_sent_together_count_once(time: Time, pace: Pace) -> None:
    epoch = pace.wait(time.sleep)
    waits = [pace.refused(epoch, wish=0.0) for _ in range(16)]
    assert len(set(waits)) == 1


def test_answers_bring_it_back_to_full_speed(time: Time, pace: Pace) -> None:
    pace.refused(pace.wait(time.sleep), wish=0.0)
    for _ in range(500):
        pace.wait(time.sleep)
        pace.answered()
    time.slept.clear()
    pace.wait(time.sleep)
    assert time.slept == []


def test_whoever_slept_through_a_refusal_takes_another_turn(time: Time, pace: Pace) -> None:
    pace.refused(pace.wait(time.sleep), wish=1.0)

    def sleep_and_hear_of_another(seconds: float) -> None:
        time.sleep(seconds)
        if len(time.slept) == 1:
            pace.refused(epoch, wish=60.0)

    epoch = 1
    pace.wait(sleep_and_hear_of_another)
    assert time.now >= 161.0


def test_turns_of_an_earlier_epoch_are_void(time: Time, pace: Pace) -> None:
    epoch = pace.wait(time.sleep)
    pace.refused(epoch, wish=0.0)
    for _ in range(100):
        pace._take_turn()
    pace.refused(epoch + 1, wish=0.0)
    began = time.now
    pace.wait(time.sleep)
    assert time.now - began < 0.1


def test_an_overloaded_part_does_not_hold_up_the_rest_for_long(time: Time, pace: Pace) -> None:
    for _ in range(50):
        pace.overloaded(pace.wait(time.sleep))
    assert max(time.slept) <= 0.5
