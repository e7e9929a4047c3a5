"""Connections share the limits that they meet, tested over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from requests import Response

from harborguard.clock import Now
from registries.connection import endpoint_of
from registries.errors import AuthenticationFailed, Banned, LoginsPaused, RateLimited, Stage
from registries.models import Breaker, RateLimit, Registry
from registries.rate_limits import store
from registries.rate_limits.exchange import SharedLimits, connected
from registries.services import login_of
from registries.transport.dialect import StandardDialect
from registries.transport.endpoint import Credential as Login
from registries.transport.endpoint import Endpoint
from registries.transport.host_limiter import Ban, HostLimiter
from tests.factories import make_claim, make_registry
from tests.fakes.http_server import FakeServer, fake_server
from tests.fakes.registry import serve_repositories
from tests.fakes.replies import answer, answer_json, unauthorized

pytestmark = pytest.mark.django_db

ROBOT = Login("robot", "canary-secret")


class Guarded(StandardDialect):
    def ban(self, response: Response, now: float) -> float | None:
        return 3600.0 if response.status_code == 403 else None


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as server:
        serve_repositories(server, ["team/app"], ["v1"])
        yield server


def registry_at(server: FakeServer, **fields: Any) -> Registry:
    return make_registry(url=server.url, insecure=True, **fields)


def endpoint(registry: Registry) -> Endpoint:
    return replace(endpoint_of(registry, login_of(registry)), dialect=Guarded())


def shared(registry: Registry) -> tuple[SharedLimits, HostLimiter]:
    """Return the limits of a run that has started to read ``registry``."""
    make_claim(registry)
    own = endpoint(registry)
    host = own.limiter.at(own.origin, own.limits.concurrency)
    limits = SharedLimits(registry.pk, own)
    limits.begin()
    return limits, host


def exchange(*limits: SharedLimits) -> None:
    for each in limits:
        each._due = 0.0
        each.exchange_if_due()


def a_second_passes() -> None:
    moment = Now() - timedelta(seconds=1)
    RateLimit.objects.update(turned_at=moment)


def ping(registry: Registry) -> None:
    with connected(registry, endpoint(registry)) as (client, _):
        client.ping()


def test_two_that_read_the_same_host_share_what_may_be_open_at_once(server: FakeServer) -> None:
    first, first_host = shared(registry_at(server))
    assert first_host.width == 16
    second, second_host = shared(registry_at(server))
    exchange(first, second)
    assert (first_host.width, second_host.width) == (8, 8)


def test_another_login_has_a_limit_of_its_own(server: FakeServer) -> None:
    first, first_host = shared(registry_at(server))
    second, second_host = shared(registry_at(server, login=ROBOT))
    exchange(first, second)
    assert (first_host.width, second_host.width) == (16, 16)


def test_a_refusal_of_one_narrows_both_and_time_widens_both(server: FakeServer) -> None:
    first, first_host = shared(registry_at(server))
    second, second_host = shared(registry_at(server))
    exchange(first, second)
    first_host.refused(0, wish=0.0)
    exchange(first, second)
    assert (first_host.width, second_host.width) == (4, 4)

    for _ in range(8):
        a_second_passes()
        exchange(first, second)
    exchange(first, second)
    assert RateLimit.objects.get().concurrency is None
    assert second_host.width == 8


def test_what_both_were_refused_at_the_same_time_counts_once(server: FakeServer) -> None:
    first, first_host = shared(registry_at(server))
    second, second_host = shared(registry_at(server))
    exchange(first, second)
    first_host.refused(0, wish=0.0)
    second_host.refused(0, wish=0.0)
    exchange(first, second)
    limit = RateLimit.objects.get()
    assert (limit.concurrency, limit.epoch) == (8, 1)


def test_who_is_slow_to_tell_does_not_undo_what_others_found_out(server: FakeServer) -> None:
    slow, slow_host = shared(registry_at(server))
    quick, quick_host = shared(registry_at(server))
    slow_host.refused(0, wish=0.0)
    for epoch in (0, 1):
        quick_host.refused(epoch, wish=0.0)
        exchange(quick)
    exchange(slow)
    assert RateLimit.objects.get().concurrency == 4


def test_it_widens_no_faster_than_by_one_a_second_however_many_there_are(
    server: FakeServer,
) -> None:
    first, first_host = shared(registry_at(server))
    second, _ = shared(registry_at(server))
    first_host.refused(0, wish=0.0)
    exchange(first)
    a_second_passes()
    for _ in range(5):
        exchange(first, second)
    assert RateLimit.objects.get().concurrency == 9


def test_a_wish_to_be_left_alone_is_heard_by_the_other(server: FakeServer) -> None:
    first, first_host = shared(registry_at(server))
    second, second_host = shared(registry_at(server))
    first_host.refused(0, wish=200.0)
    exchange(first, second)
    with pytest.raises(RateLimited, match="accepts no requests"):
        second_host.raise_if_closed(100.0)


def test_a_long_wish_fails_who_comes_later_without_a_request(server: FakeServer) -> None:
    server.routes["/v2/"] = answer(429, b"", {"Retry-After": "1800"})
    with pytest.raises(RateLimited, match="asks for a pause of"):
        ping(registry_at(server))
    asked = len(server.requests)
    with pytest.raises(RateLimited, match="accepts no requests until") as caught:
        ping(registry_at(server))
    assert len(server.requests) == asked
    assert caught.value.stage is Stage.ADDRESS
    assert caught.value.retry_after is not None
    assert 1700 < caught.value.retry_after <= 1800


def test_a_ban_is_kept_for_every_login_and_no_request_is_sent(server: FakeServer) -> None:
    server.routes["/v2/"] = answer(403)
    with pytest.raises(Banned):
        ping(registry_at(server))
    asked = len(server.requests)
    with pytest.raises(Banned, match="blocked this address, with status 403") as caught:
        ping(registry_at(server, login=ROBOT))
    assert len(server.requests) == asked
    assert caught.value.retry_after is not None
    assert 3500 < caught.value.retry_after <= 3600


def test_a_ban_reaches_who_is_at_work_already(server: FakeServer) -> None:
    at_work, host = shared(registry_at(server))
    server.routes["/v2/"] = answer(403)
    with pytest.raises(Banned):
        ping(registry_at(server, login=ROBOT))
    exchange(at_work)
    assert host.is_banned


def test_a_ban_that_a_client_finds_out_itself_is_kept_too(server: FakeServer) -> None:
    registry = registry_at(server)
    with pytest.raises(Banned), connected(registry, endpoint(registry)):
        raise Banned("Banned: it says so in its own words", retry_after=600.0)
    with pytest.raises(Banned, match="in its own words"):
        ping(registry_at(server))
    assert server.requests == []


def test_after_a_ban_it_is_asked_again(server: FakeServer) -> None:
    store.ban(server.origin.netloc, Ban(3600.0, "for a while"))
    Breaker.objects.update(banned_until=Now())
    ping(registry_at(server))


def fail_to_log_in(server: FakeServer, times: int) -> None:
    server.routes["/v2/"] = unauthorized('Basic realm="r"')
    for _ in range(times):
        with pytest.raises(AuthenticationFailed):
            ping(registry_at(server, login=ROBOT))


def test_after_ten_failed_logins_no_other_is_tried_for_a_while(server: FakeServer) -> None:
    fail_to_log_in(server, times=10)
    asked = len(server.requests)
    with pytest.raises(LoginsPaused, match="10 logins failed at 127") as caught:
        ping(registry_at(server, login=Login("another", "good")))
    assert len(server.requests) == asked
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 180


def test_who_shows_no_login_is_not_kept_from_asking(server: FakeServer) -> None:
    fail_to_log_in(server, times=10)
    server.routes["/v2/"] = answer_json({})
    ping(registry_at(server))


def test_failed_logins_are_forgotten_after_three_minutes(server: FakeServer) -> None:
    fail_to_log_in(server, times=10)
    Breaker.objects.update(counting_since=Now() - timedelta(minutes=3))
    fail_to_log_in(server, times=1)
    assert Breaker.objects.get().failed_logins == 1


def test_the_budget_is_kept(server: FakeServer) -> None:
    headers = {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "4987",
        "X-RateLimit-Reset": "600",
    }
    server.routes["/v2/"] = answer_json({}, headers=headers)
    ping(registry_at(server))
    kept = RateLimit.objects.annotate(now=Now()).get()
    assert (kept.limit, kept.remaining) == (5000, 4987)
    assert kept.resets_at is not None
    assert 590 < (kept.resets_at - kept.now).total_seconds() < 601


def test_a_test_of_an_unsaved_connection_respects_limits_and_leaves_no_link(
    server: FakeServer,
) -> None:
    unsaved = Registry(url=server.url, provider="distribution")
    ping(unsaved)
    assert RateLimit.objects.get().registries.count() == 0


def test_a_registry_is_under_the_limits_of_its_last_login_alone(server: FakeServer) -> None:
    registry = registry_at(server)
    ping(registry)
    with connected(registry, replace(endpoint(registry), credential=ROBOT)) as (client, _):
        client.ping()
    [limit] = registry.rate_limits.all()
    assert limit.credential == store.fingerprint(ROBOT)


def test_nothing_of_a_login_is_kept() -> None:
    mark = store.fingerprint(ROBOT)
    assert len(mark) == 64
    assert mark not in {
        store.fingerprint(Login("robotc", "anary-secret")),
        store.fingerprint(None),
        "",
    }


def test_a_password_is_not_guessed_without_the_key_of_credentials() -> None:
    mark = store.fingerprint(ROBOT)
    with override_settings(SECRET_KEY="another"):
        assert store.fingerprint(ROBOT) == mark
    with override_settings(CREDENTIAL_KEYS=f"other:{'ab' * 32}"):
        assert store.fingerprint(ROBOT) != mark


def test_what_was_not_used_for_a_month_is_dropped(server: FakeServer) -> None:
    registry = registry_at(server)
    ping(registry)
    store.count_failed_logins("old.example.com", 1)
    store.prune()
    assert (RateLimit.objects.count(), Breaker.objects.count()) == (1, 1)
    for model in (RateLimit, Breaker):
        model.objects.update(updated_at=Now() - timedelta(days=31))
    store.prune()
    assert (RateLimit.objects.count(), Breaker.objects.count()) == (0, 0)


def test_a_limit_that_was_dropped_in_mid_run_is_made_anew(server: FakeServer) -> None:
    limits, host = shared(registry_at(server))
    RateLimit.objects.all().delete()
    host.refused(0, wish=0.0)
    exchange(limits)
    exchange(limits)
    assert RateLimit.objects.count() == 1
