from __future__ import annotations

from typing import Any

import pytest

from registries.errors import Banned, RateLimited
from registries.transport import host_limiter
from registries.transport.host_limiter import Ban, HostLimiter, LocalLimits, SharedLimitState
from registries.transport.rate_headers import Budget
from tests.registries.transport.test_pacing import Time

PATIENT = 300.0


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def host(time: Time) -> HostLimiter:
    return HostLimiter("r.example.com", 16, time)


def ask(host: HostLimiter, time: Time, longest: float = PATIENT) -> int:
    epoch = host.enter(host.patience(time.sleep, longest))
    host.leave()
    return epoch


def test_what_was_found_out_is_told_once(host: HostLimiter, time: Time) -> None:
    host.refused(ask(host, time), wish=20.0)
    host.note_budget(Budget(100, 7))
    host.login_failed()
    host.login_failed()
    assert host.take_local() == LocalLimits(True, 20.0, None, Budget(100, 7), 2)
    assert host.take_local() == LocalLimits(held_for=20.0)


def test_what_is_found_out_while_notes_are_taken_is_told_the_next_time(
    host: HostLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noted(*found: Any) -> LocalLimits:
        host.close(Ban(60.0, "meanwhile"))
        return LocalLimits(*found)

    with monkeypatch.context() as patched:
        patched.setattr(host_limiter, "LocalLimits", noted)
        host.take_local()
    assert host.take_local().ban == Ban(60.0, "meanwhile")


def test_a_ban_closes_the_host_to_everybody_at_once(host: HostLimiter, time: Time) -> None:
    error = host.banned(3600.0, "it shut us out")
    assert error.retry_after == 3600.0
    assert str(error).startswith("Banned: r.example.com is not called again until 20")
    assert str(error).endswith(" UTC: it shut us out")
    with pytest.raises(Banned, match="it shut us out"):
        ask(host, time)
    assert time.slept == []
    assert host.take_local() == LocalLimits(ban=Ban(3600.0, "it shut us out"))


def test_a_ban_that_was_heard_of_is_respected_and_not_told_again(
    host: HostLimiter, time: Time
) -> None:
    host.adopt(SharedLimitState(16, ban=Ban(60.0, "others were")))
    with pytest.raises(Banned, match="others were") as caught:
        ask(host, time)
    assert caught.value.retry_after == 60.0
    assert host.take_local() == LocalLimits()


def test_a_ban_ends(host: HostLimiter, time: Time) -> None:
    host.adopt(SharedLimitState(16, ban=Ban(60.0, "others were")))
    time.now += 61.0
    ask(host, time)
    assert not host.is_banned


def test_a_hold_that_was_heard_of_is_waited_for(host: HostLimiter, time: Time) -> None:
    host.adopt(SharedLimitState(16, held_for=20.0))
    ask(host, time)
    assert time.slept == [20.0]


def test_a_hold_longer_than_the_askers_patience_is_raised(host: HostLimiter, time: Time) -> None:
    host.adopt(SharedLimitState(16, held_for=20.0))
    with pytest.raises(RateLimited, match=r"r\.example\.com accepts no requests until") as caught:
        ask(host, time, longest=0.0)
    assert caught.value.retry_after == 20.0
    assert time.slept == []


def test_a_moment_is_waited_for_even_by_the_impatient(host: HostLimiter, time: Time) -> None:
    host.adopt(SharedLimitState(16, held_for=0.0))
    host.refused(ask(host, time), wish=0.5)
    ask(host, time, longest=0.0)
    assert time.slept == [0.5]


def test_an_echo_of_its_own_hold_does_not_begin_it_anew(host: HostLimiter, time: Time) -> None:
    epoch = ask(host, time)
    host.refused(epoch, wish=20.0)
    host.adopt(SharedLimitState(16, held_for=19.8))
    assert host.take_local().held_for == 20.0


def test_no_refusal_keeps_others_from_asking_for_more_than_an_hour(
    host: HostLimiter, time: Time
) -> None:
    host.refused(ask(host, time), wish=86_400.0)
    assert host.take_local().held_for == 3600.0


def test_whoever_may_not_wait_leaves_the_room_to_others(host: HostLimiter, time: Time) -> None:
    host.adopt(SharedLimitState(1, held_for=20.0))
    for _ in range(3):
        with pytest.raises(RateLimited):
            ask(host, time, longest=0.0)
    time.now += 20.0
    ask(host, time, longest=0.0)


def test_the_share_that_was_heard_of_holds(host: HostLimiter) -> None:
    host.adopt(SharedLimitState(5))
    assert host.width == 5
