from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from harborguard.clock import Now
from registries.errors import AuthenticationFailed, ConnectionTimedOut
from registries.models import Breaker, Registry, Webhook
from sync.dashboard.overview import FAILURES_SHOWN, SHOWN_OF_A_NEED
from sync.models import State, Sweep, SyncRun
from tests.factories import make_claim, make_finished_run, make_registry
from tests.pages import hold_everything, observe, signed_in

pytestmark = pytest.mark.django_db

# Session, user, totals, days, changes of live runs, failures, needs, held, bans, tick, changes.
QUERIES = 11


@pytest.fixture(autouse=True)
def tick_is_on_time() -> None:
    Sweep.record()


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


def page(client: Client) -> str:
    return " ".join(client.get("/").content.decode().split())


def make_failure(**fields: str) -> Registry:
    registry = make_registry(**fields)
    make_finished_run(registry, State.FAILED, error=ConnectionTimedOut("It timed out"))
    return registry


def test_an_empty_installation_shows_how_to_start(viewer: Client) -> None:
    body = page(signed_in(Role.ADMIN))

    assert "No registries connected yet" in body
    assert 'href="/registries/connect"' in body
    assert "Ask an admin to connect one." in page(viewer)


def test_the_totals_link_to_their_lists(viewer: Client) -> None:
    make_finished_run(make_registry(), repository_count=1200, image_count=34000)
    run = make_finished_run(make_registry(), repository_count=34, image_count=567)
    SyncRun.objects.filter(pk=run.pk).update(added=3, moved=2)

    body = page(viewer)

    for name, where, count in (
        ("registries", "/registries", "2"),
        ("repositories", "/inventory", "1,234"),
        ("images", "/inventory", "34,567"),
        ("changes", "/changes", "5"),
    ):
        card = body.partition(f'id="total-{name}"')[2].partition("</a>")[0]
        assert f'href="{where}"' in card
        assert f">{count}</span>" in card
    assert "Changes today (UTC)" in body


def test_failures_come_with_their_message_and_what_to_check_first(viewer: Client) -> None:
    make_failure(name="down")
    make_finished_run(make_registry())

    body = page(viewer)

    assert "<title>1 failing · Overview · HarborGuard</title>" in body
    assert "It timed out" in body
    assert "What to do: Check the egress firewall rules" in body
    assert 'aria-label="1 error, 0 syncing, 0 disconnected, 1 connected"' in body
    assert 'href="/registries?status=ERROR"' in body


def test_many_failures_link_to_all_of_them_newest_first(viewer: Client) -> None:
    for number in range(FAILURES_SHOWN + 1):
        registry = make_failure(name=f"down {number}")
        Registry.objects.filter(pk=registry.pk).update(last_sync_at=Now() - timedelta(days=number))

    body = page(viewer)

    assert body.index("down 0") < body.index("down 1")
    assert f"down {FAILURES_SHOWN}" not in body.partition('id="connections"')[2]
    assert f"All {FAILURES_SHOWN + 1} failing registries" in body


def test_a_healthy_installation_is_all_clear(viewer: Client) -> None:
    make_finished_run(make_registry())

    body = page(viewer)

    assert "All clear." in body
    assert "All connections are syncing as scheduled." in body


def test_a_failure_that_is_retried_is_not_called_on_schedule(viewer: Client) -> None:
    make_failure()

    body = page(viewer)

    assert "All clear." in body
    assert "Failed syncs retry automatically." in body


def test_held_removals_are_shown_with_their_count(viewer: Client) -> None:
    registry = make_registry(name="emptied")
    make_finished_run(registry)
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    hold_everything(registry)

    body = page(viewer)

    assert "2 images are missing from the registry (kept in the inventory)" in body
    assert f'href="/registries/{registry.pk}" aria-label="Review held removals of emptied"' in body


def test_rejected_credentials_can_be_updated_by_an_admin(viewer: Client) -> None:
    registry = make_registry(name="refused")
    make_finished_run(registry, State.FAILED, error=AuthenticationFailed("It said 401"))
    renew = f'href="/registries/{registry.pk}/edit"'

    assert "It said 401" in page(viewer).partition('id="connections"')[0]
    assert renew not in page(viewer)
    assert renew in page(signed_in(Role.ADMIN))


def test_a_ban_is_shown_with_its_reason_until_it_ends(viewer: Client) -> None:
    make_finished_run(make_registry())
    Breaker.objects.create(
        host="hub.example.com",
        banned_until=Now() + timedelta(hours=1),
        reason="Too many failed logins",
        updated_at=Now(),
    )
    Breaker.objects.create(
        host="old.example.com", banned_until=Now() - timedelta(hours=1), updated_at=Now()
    )

    body = page(viewer)

    assert "hub.example.com has banned HarborGuard until" in body
    assert "Too many failed logins" in body
    assert "old.example.com" not in body


def test_a_silent_webhook_links_to_its_setup(viewer: Client) -> None:
    registry = make_registry(schedule="on_push")
    make_finished_run(registry)
    Webhook.objects.create(
        registry=registry, token_hash="x", verification="url", silent_since=Now()
    )

    body = page(viewer)

    assert "Silent webhooks" in body
    assert f'href="/registries/{registry.pk}#pushes"' in body


def test_a_stale_connection_can_be_synced_by_a_developer(viewer: Client) -> None:
    registry = make_registry()
    make_finished_run(registry)
    Registry.objects.filter(pk=registry.pk).update(last_sync_at=Now() - timedelta(days=3))
    button = f'action="/registries/{registry.pk}/sync"'

    assert "Stale connections" in page(viewer)
    assert button not in page(viewer)
    assert button in page(signed_in(Role.DEVELOPER))


def test_a_long_list_of_one_need_links_to_all(viewer: Client) -> None:
    for _ in range(SHOWN_OF_A_NEED + 1):
        make_registry()

    body = page(viewer)

    assert "Never synced" in body
    assert f'href="/registries?needs=never">View all {SHOWN_OF_A_NEED + 1}</a>' in body


def test_a_late_tick_is_reported(viewer: Client) -> None:
    make_finished_run(make_registry())
    assert "Scheduled syncs are not starting." not in page(viewer)

    Sweep.objects.update(swept_at=Now() - timedelta(minutes=6))
    assert "Scheduled syncs are not starting." in page(viewer)


def test_the_charts_have_text_alternatives(viewer: Client) -> None:
    registry = make_registry()
    for state in (State.SUCCEEDED, State.PARTIAL, State.FAILED):
        run = make_finished_run(registry, state)
        SyncRun.objects.filter(pk=run.pk).update(added=1000)

    body = page(viewer)

    assert "3,000 added, 0 restored, 0 moved, 0 removed in total" in body
    assert ": 3,000 added, 0 restored, 0 moved, 0 removed </title>" in body
    assert "1 of 3 succeeded, 1 partial, 1 failed in total" in body
    assert ": 1 of 3 syncs succeeded, 1 partial, 1 failed </title>" in body
    assert body.count(": no syncs </title>") == 29


def test_the_latest_changes_link_to_their_repositories(viewer: Client) -> None:
    registry = make_registry(name="ours")
    make_finished_run(registry)
    repository = observe(registry, "team/app", {"v1": 1})

    body = page(viewer)

    assert f'href="/repositories/{repository.pk}">team/app:v1</a>' in body
    assert "Added" in body


def test_a_name_is_escaped(viewer: Client) -> None:
    make_failure(name="<script>alert(1)</script>")

    assert "<script>alert" not in page(viewer)


def test_the_number_of_queries_does_not_grow(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    admin = signed_in(Role.ADMIN)

    def grow() -> None:
        registry = make_registry()
        make_finished_run(registry)
        observe(registry, "team/app", {"v1": 1})
        hold_everything(registry)
        make_failure()
        make_registry()
        make_claim(make_registry())

    grow()
    with django_assert_num_queries(QUERIES):
        page(admin)
    for _ in range(5):
        grow()
    with django_assert_num_queries(QUERIES):
        page(admin)
