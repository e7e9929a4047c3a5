from __future__ import annotations

from datetime import timedelta

import pytest

from sync.runs.estimate import Past, SoFar, in_words, per_second, time_left


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


USUAL = [Past(seconds(100), repositories=1000)]


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert time_left(SoFar(seconds(1)), []) is None
    assert time_left(SoFar(seconds(1), listed=1000, done=1), []) is None
    assert time_left(SoFar(seconds(60)), []) is None


def test_before_anything_is_read_the_runs_before_tell() -> None:
    assert time_left(SoFar(seconds(10)), USUAL) == seconds(90)


def test_the_usual_is_the_median_of_the_runs_before() -> None:
    past = [Past(seconds(took), 1000) for took in (90, 100, 5000)]

    assert time_left(SoFar(seconds(10)), past) == seconds(90)


def test_a_registry_that_has_doubled_takes_twice_as_long() -> None:
    assert time_left(SoFar(seconds(10), listed=2000), USUAL) == seconds(190)


def test_without_runs_before_its_own_pace_tells() -> None:
    assert time_left(SoFar(seconds(20), listed=1000, done=200), []) == seconds(80)


def test_the_further_it_is_the_more_its_own_pace_counts() -> None:
    slow = [Past(seconds(1000), 1000)]

    early = time_left(SoFar(seconds(1.1 * 10), listed=1000, done=100), slow)
    late = time_left(SoFar(seconds(0.1 * 900), listed=1000, done=900), slow)

    assert early is not None
    assert late is not None
    assert seconds(800) < early < seconds(1000)
    assert seconds(10) <= late < seconds(110)


def test_what_is_longer_than_usual_goes_by_its_pace_alone() -> None:
    assert time_left(SoFar(seconds(500), listed=1000, done=500), USUAL) == seconds(500)


@pytest.mark.parametrize(
    "so_far", [SoFar(seconds(500)), SoFar(seconds(500), listed=1000, done=1000)]
)
def test_it_is_silent_rather_than_negative(so_far: SoFar) -> None:
    assert time_left(so_far, USUAL) is None


def test_a_registry_that_was_empty_is_no_measure_of_size() -> None:
    assert time_left(SoFar(seconds(1), listed=10), [Past(seconds(3), 0)]) == seconds(2)


def test_a_rate_is_told_once_it_means_something() -> None:
    assert per_second(50, seconds(1)) is None
    assert per_second(0, seconds(100)) is None
    assert per_second(50, seconds(10)) == 5


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (0, "a few seconds left"),
        (30, "less than a minute left"),
        (65, "about 1 minute left"),
        (170, "about 3 minutes left"),
        (5000, "about 83 minutes left"),
        (7300, "about 2 hours left"),
        (3 * 86400, "about 3 days left"),
    ],
)
def test_it_is_said_no_more_precisely_than_it_is_known(left: float, words: str) -> None:
    assert in_words(seconds(left)) == words
