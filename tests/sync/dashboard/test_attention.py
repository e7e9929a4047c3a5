from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings

from harborguard.clock import Now
from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    ConnectionTimedOut,
    RegistryError,
)
from registries.models import Breaker, RateLimit, Registry, Webhook
from registries.transport.endpoint import Credential as Login
from sync.dashboard.attention import (
    Need,
    needing,
    needing_anything,
    needing_anything_or_failing,
    needs_of,
    with_needs,
)
from sync.models import State, SyncRun, Trigger
from sync.runs import lifecycle
from tests.factories import make_claim, make_finished_run, make_registry
from tests.pages import hold_everything, observe

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LONG_AGO = timedelta(days=3)


def needs(registry: Registry) -> list[Need]:
    found = list(needs_of(with_needs(Registry.objects.all()).get(pk=registry.pk)))
    assert [need for need in Need if needing(Registry.objects.all(), need).exists()] == found
    return found


def update(registry: Registry, **columns: object) -> None:
    Registry.objects.filter(pk=registry.pk).update(**columns)


def test_a_healthy_connection_needs_no_attention() -> None:
    registry = make_registry(login=Login("robot", "secret"))
    make_finished_run(registry)

    assert needs(registry) == []
    assert not needing_anything(Registry.objects.all()).exists()


@pytest.mark.parametrize("error", [AuthenticationFailed("401"), AccessDenied("403")])
def test_rejected_credentials_need_attention(error: RegistryError) -> None:
    registry = make_registry()
    make_finished_run(registry, State.FAILED, error=error)

    assert needs(registry) == [Need.CREDENTIAL]


def test_a_failure_that_is_retried_needs_no_attention_but_is_listed() -> None:
    registry = make_registry()
    make_finished_run(registry)
    make_finished_run(registry, State.FAILED, error=ConnectionTimedOut("x"))

    assert needs(registry) == []
    assert needing_anything_or_failing(Registry.objects.all()).get() == registry


def test_credentials_without_their_key_need_attention() -> None:
    registry = make_registry(login=Login("robot", "secret"))
    make_finished_run(registry)

    with override_settings(CREDENTIAL_KEYS=f"other:{'1' * 64}"):
        assert needs(registry) == [Need.CREDENTIAL]


def test_a_ban_affects_connections_to_its_host_until_it_ends() -> None:
    registry, other = make_registry(), make_registry()
    for one in (registry, other):
        make_finished_run(one)
    RateLimit.objects.create(
        host="auth.example.com", turned_at=Now(), updated_at=Now()
    ).registries.add(registry)
    ban = Breaker.objects.create(
        host="auth.example.com", banned_until=Now() + timedelta(hours=1), updated_at=Now()
    )

    assert needs(registry) == [Need.BANNED]
    Breaker.objects.filter(pk=ban.pk).update(banned_until=Now() - timedelta(seconds=1))
    assert needs(registry) == []


def test_an_unclaimed_sync_is_stuck() -> None:
    registry = make_registry()
    make_finished_run(registry)
    run = lifecycle.request(registry.pk, Trigger.MANUAL)

    assert needs(registry) == []
    SyncRun.objects.filter(pk=run.pk).update(queued_at=Now() - timedelta(minutes=11))
    assert needs(registry) == [Need.STUCK]


def test_a_sync_that_lost_its_worker_is_stuck_until_another_takes_over() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    update(registry, lease_until=Now() - timedelta(minutes=3))

    assert needs(registry) == [Need.STUCK]
    lifecycle.claim(claim.run_id, "another")
    assert needs(registry) == []


def test_a_sync_of_more_than_a_day_is_stuck() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    SyncRun.objects.filter(pk=claim.run_id).update(started_at=Now() - timedelta(hours=25))

    assert needs(registry) == [Need.STUCK]


def test_held_removals_need_attention() -> None:
    registry = make_registry()
    make_finished_run(registry)
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    hold_everything(registry)

    assert needs(registry) == [Need.HELD]


def test_a_silent_webhook_matters_only_to_on_push_schedules() -> None:
    registry = make_registry(schedule="on_push")
    make_finished_run(registry)
    Webhook.objects.create(registry=registry, token_hash="x", verification="url")
    assert needs(registry) == []

    Webhook.objects.update(silent_since=Now())
    assert needs(registry) == [Need.SILENT]
    update(registry, schedule="daily")
    assert needs(registry) == []


def test_a_connection_without_success_for_two_intervals_is_stale() -> None:
    daily, weekly, manual = (make_registry(schedule=s) for s in ("daily", "weekly", "manual"))
    for registry in (daily, weekly, manual):
        make_finished_run(registry)
        update(registry, last_sync_at=Now() - LONG_AGO)

    assert list(needing(Registry.objects.all(), Need.STALE)) == [daily]
    update(weekly, last_sync_at=Now() - timedelta(days=15))
    assert set(needing(Registry.objects.all(), Need.STALE)) == {daily, weekly}


def test_a_connection_that_never_succeeded_is_stale_by_its_age() -> None:
    registry = make_registry()
    make_finished_run(registry, State.FAILED, error=ConnectionTimedOut("x"))

    assert needs(registry) == []
    update(registry, created_at=Now() - LONG_AGO)
    assert needs(registry) == [Need.STALE]


def test_a_stale_connection_with_rejected_credentials_is_listed_once() -> None:
    registry = make_registry()
    make_finished_run(registry, State.FAILED, error=AuthenticationFailed("401"))
    update(registry, created_at=Now() - LONG_AGO)

    assert needs(registry) == [Need.CREDENTIAL]


def test_a_connection_that_was_never_synced_needs_attention() -> None:
    registry = make_registry()
    update(registry, created_at=Now() - LONG_AGO)

    assert needs(registry) == [Need.NEVER]
