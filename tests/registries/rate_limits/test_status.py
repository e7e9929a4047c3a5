"""Rate limits on the registry's page and in the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from harborguard.access.models import Role
from harborguard.clock import Now
from registries.models import Breaker, RateLimit, Registry
from registries.rate_limits import store
from registries.rate_limits.status import limit_status
from registries.transport.host_limiter import Ban
from tests.api_client import caller
from tests.factories import make_registry
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> Registry:
    return make_registry(url="https://r.example.com")


def under(registry: Registry, host: str = "r.example.com", **known: Any) -> None:
    store.join(registry.pk, {host}, "")
    RateLimit.objects.filter(host=host).update(**known)


def page(registry: Registry) -> str:
    answer = signed_in(Role.VIEWER).get(reverse("registry-detail", args=[registry.pk]))
    return " ".join(answer.content.decode().split())


def told(registry: Registry) -> Any:
    return caller(Role.VIEWER).get(f"/api/registries/{registry.pk}").json()["rateLimit"]


def test_nothing_is_said_where_nothing_is_known(registry: Registry) -> None:
    under(registry)
    assert told(registry) is None
    assert "Requests left" not in page(registry)


def test_the_budget_is_shown(registry: Registry) -> None:
    under(registry, limit=5000, remaining=4987, resets_at=Now() + timedelta(minutes=10))
    resets_at = RateLimit.objects.get().resets_at
    assert resets_at is not None
    assert told(registry) == {
        "bannedUntil": None,
        "reason": None,
        "heldUntil": None,
        "limit": 5000,
        "remaining": 4987,
        "resetsAt": resets_at.isoformat().replace("+00:00", "Z"),
        "concurrency": None,
    }
    shown = page(registry)
    assert "4,987 of 5,000, until <time" in shown
    assert f"{resets_at:%Y-%m-%d %H:%M} UTC" in shown


def test_the_scarcest_budget_of_all_its_hosts_is_shown(registry: Registry) -> None:
    under(registry, limit=100, remaining=50)
    under(registry, "api.example.com", limit=1000, remaining=100)
    assert told(registry)["limit"] == 1000


@pytest.mark.parametrize(
    "known",
    [
        {"remaining": 3, "resets_at": Now() - timedelta(seconds=1)},
        {"remaining": 3, "updated_at": Now() - timedelta(days=1)},
        {"held_until": Now() - timedelta(seconds=1)},
    ],
)
def test_what_is_over_is_not_shown(registry: Registry, known: dict[str, Any]) -> None:
    under(registry, **known)
    assert limit_status(registry) is None


def test_fewer_requests_at_once_and_a_wish_to_be_left_alone_are_shown(registry: Registry) -> None:
    under(registry, concurrency=4, held_until=Now() + timedelta(minutes=5))
    body = told(registry)
    assert body["concurrency"] == 4
    assert body["heldUntil"] is not None
    shown = page(registry)
    assert "4, reduced after refusals" in shown
    assert "Rate limited until" in shown


def test_a_ban_is_shown_with_its_end_even_to_who_was_never_synced(registry: Registry) -> None:
    store.ban("r.example.com", Ban(3600.0, "<b>shut out</b>"))
    until = Breaker.objects.get().banned_until
    assert until is not None
    shown = page(registry)
    assert "Blocked until <time" in shown
    assert f"{until:%Y-%m-%d %H:%M} UTC" in shown
    assert "&lt;b&gt;shut out&lt;/b&gt;" in shown
    assert told(registry)["reason"] == "<b>shut out</b>"


def test_a_ban_of_another_host_is_not_shown(registry: Registry) -> None:
    store.ban("other.example.com", Ban(3600.0, "shut out"))
    assert limit_status(registry) is None


def test_a_ban_that_is_over_is_not_shown(registry: Registry) -> None:
    store.ban("r.example.com", Ban(3600.0, "shut out"))
    Breaker.objects.update(banned_until=Now())
    assert limit_status(registry) is None
