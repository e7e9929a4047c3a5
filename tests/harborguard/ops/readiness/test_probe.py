from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from harborguard.ops.readiness import probe as probe_module
from harborguard.ops.readiness.outcome import NotReady, Outcome, Unreachable, passed
from harborguard.ops.readiness.probe import Probe


def soon() -> float:
    return time.monotonic() + 30


def at_once() -> float:
    return time.monotonic() + 0.05


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_each_check_has_its_outcome() -> None:
    def refuse() -> Outcome:
        raise NotReady("It is late", seconds=7)

    outcomes = Probe({"a": lambda: passed("Good"), "b": refuse}).begin().outcomes(until=soon())

    assert outcomes["a"].as_json() == {"status": "ok", "detail": "Good"}
    assert outcomes["b"].as_json() == {"status": "failed", "detail": "It is late", "seconds": 7}


def test_what_nothing_works_without_ends_the_round() -> None:
    tried = []

    def refuse() -> Outcome:
        raise Unreachable("The database does not answer")

    def note() -> Outcome:
        tried.append(1)
        return passed("Good")

    outcomes = Probe({"database": refuse, "queue": note}).begin().outcomes(until=soon())

    assert outcomes["queue"].detail == "Skipped: The database does not answer"
    assert tried == []


def test_a_fault_is_a_failed_check_whose_reason_is_in_the_log_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> Outcome:
        raise RuntimeError("canary")

    outcomes = Probe({"a": fail, "b": lambda: passed("Good")}).begin().outcomes(until=soon())

    assert not outcomes["a"].passed
    assert outcomes["b"].passed
    assert "canary" not in str(outcomes)
    assert caplog.records[0].levelno == logging.ERROR
    assert "canary" in caplog.text


def test_a_check_that_hangs_has_failed_when_the_time_is_up(let_go: threading.Event) -> None:
    def hang() -> Outcome:
        let_go.wait()
        return passed("At last")

    probe = Probe({"quick": lambda: passed("Good"), "hung": hang})
    first = probe.begin()
    while not first.outcomes(until=at_once())["quick"].passed:
        pass

    assert first.outcomes(until=at_once())["hung"].detail == "No answer in time"


def test_many_who_ask_while_it_hangs_share_one_thread(let_go: threading.Event) -> None:
    begun = []

    def hang() -> Outcome:
        begun.append(1)
        let_go.wait()
        return passed("At last")

    probe = Probe({"hung": hang})
    rounds = {probe.begin() for _ in range(20)}
    let_go.set()

    [only] = rounds
    assert only.outcomes(until=soon())["hung"].detail == "At last"
    assert only.ended.wait(30)
    assert begun == [1]


def test_what_has_been_found_is_told_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_module, "KEPT_SECONDS", 3600)
    probe = Probe({"a": lambda: passed("Good")})
    first = probe.begin()
    assert first.ended.wait(30)

    assert probe.begin() is first

    monkeypatch.setattr(probe_module, "KEPT_SECONDS", 0)
    assert probe.begin() is not first
