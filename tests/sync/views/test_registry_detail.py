from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from harborguard.clock import Now
from registries.errors import AuthenticationFailed
from registries.models import Registry
from sync.models import Phase, State, SyncRun, Trigger
from sync.runs import lifecycle
from sync.runs.lifecycle import Progress
from sync.services.confirming import Seen
from tests.deliveries import webhook
from tests.factories import let_lease_run_out, make_claim, make_finished_run, make_registry
from tests.pages import hold_everything, observe, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> Registry:
    return make_registry(name="ours")


@pytest.fixture
def developer() -> Client:
    return signed_in(Role.DEVELOPER)


def detail(client: Client, registry: Registry, query: str = "") -> str:
    return client.get(reverse("registry-detail", args=[registry.pk]) + query).content.decode()


def post(client: Client, name: str, registry: Registry, **sent: str) -> str:
    answer = client.post(reverse(name, args=[registry.pk]), sent)
    assert answer.status_code == 302
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_sync_now_queues_a_run_of_the_user(developer: Client, registry: Registry) -> None:
    assert "queued" in post(developer, "registry-sync", registry)

    run = SyncRun.objects.get()
    assert run.trigger == Trigger.MANUAL
    assert run.requested_by is not None
    assert not run.confirms_removals


def test_a_second_sync_is_rejected_with_a_message(developer: Client, registry: Registry) -> None:
    make_claim(registry)

    assert "is in progress (run" in post(developer, "registry-sync", registry)
    assert SyncRun.objects.count() == 1


def test_the_button_is_disabled_during_a_live_run(developer: Client, registry: Registry) -> None:
    button = '<button class="btn btn-primary" type="submit" id="sync-now"'
    assert button in detail(developer, registry)

    claim = make_claim(registry)
    page = detail(developer, registry)
    assert button not in page
    assert 'aria-disabled="true" aria-describedby="why-not">Sync Now</button>' in page
    assert f'id="why-not">Sync in progress (run {claim.run_id}).' in page

    let_lease_run_out(registry)
    page = detail(developer, registry)
    assert button in page
    assert "The worker of this run has stopped responding" in page


def test_a_run_claimed_while_the_page_renders_is_not_called_lost(
    developer: Client, registry: Registry
) -> None:
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    claims: list[lifecycle.Claim | None] = []

    def claim_after_the_first_look(execute: Any, sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if "registries_registry" in sql and not claims:
            claims.append(None)
            claims[0] = lifecycle.claim(run.pk, owner="tests")
        return result

    with connection.execute_wrapper(claim_after_the_first_look):
        page = detail(developer, registry)

    assert claims[0] is not None
    assert "The worker of this run" not in page


def test_confirming_starts_a_run_that_can_remove(developer: Client, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    assert "Confirm removals" not in detail(developer, registry)
    hold_everything(registry)

    page = detail(developer, registry)
    assert "2 images are missing from the registry (kept in the inventory)" in page
    assert "team/app:v1" in page
    post(developer, "registry-confirm-removals", registry, seen=str(Seen.now(registry.pk)))

    run = SyncRun.objects.get()
    assert run.confirms_removals
    assert run.trigger == Trigger.CONFIRM


def test_the_page_shows_progress_and_polls_during_a_sync(
    developer: Client, registry: Registry
) -> None:
    claim = make_claim(registry)
    progress = Progress(Phase.TAGS, repositories_listed=200, repositories_read=120, tags_seen=1532)
    lifecycle.renew(claim, progress)

    page = detail(developer, registry, "?q=team")

    assert 'hx-trigger="every 2s"' in page
    assert f'hx-get="/registries/{registry.pk}/status"' in page
    assert "reading tags and digests" in page
    assert "120 of 200 done" in page
    assert "1,532" in page
    assert "Measuring…" in page


def test_the_page_does_not_poll_without_a_sync(developer: Client, registry: Registry) -> None:
    assert "every 2s" not in detail(developer, registry)


def test_a_poll_returns_only_the_status_until_the_sync_finishes(
    developer: Client, registry: Registry
) -> None:
    address = reverse("registry-status", args=[registry.pk])
    claim = make_claim(registry)

    during = developer.get(address)
    lifecycle.finish(claim, lifecycle.Result(State.SUCCEEDED, Progress()))
    after = developer.get(address)

    assert during.status_code == 200
    assert 'id="registry-status"' in during.content.decode()
    assert "Latest runs" not in during.content.decode()
    assert after.status_code == 286
    assert "every 2s" not in after.content.decode()
    assert "Latest runs" in after.content.decode()


def test_a_poll_without_a_session_reloads_the_page(registry: Registry) -> None:
    htmx = {"HX-Request": "true"}
    sent_on = Client().get(reverse("registry-status", args=[registry.pk]), headers=htmx)

    answer = Client().get(sent_on["Location"], headers=htmx)

    assert answer["HX-Refresh"] == "true"


def test_an_unclaimed_run_says_so_after_a_minute(developer: Client, registry: Registry) -> None:
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    assert "Queued. The sync starts as soon as a worker is available." in detail(
        developer, registry
    )

    SyncRun.objects.filter(pk=run.pk).update(queued_at=Now() - timedelta(seconds=61))
    assert "no worker has picked it up" in detail(developer, registry)


def test_the_last_error_comes_with_its_hint_and_code(developer: Client, registry: Registry) -> None:
    error = AuthenticationFailed("Authentication failed: <b>robot</b>")
    make_finished_run(registry, State.FAILED, error=error)

    page = detail(developer, registry)

    assert "Authentication failed: &lt;b&gt;robot&lt;/b&gt;" in page
    assert error.hint in page
    assert "<code>authentication_failed</code>" in page


def test_warnings_and_failed_repositories_of_the_last_run_are_shown(
    developer: Client, registry: Registry
) -> None:
    run = make_finished_run(
        registry,
        State.PARTIAL,
        progress=Progress(repositories_read=3, repositories_failed=1),
        warnings=[{"code": "w", "message": "Something is odd", "hint": "Look at it"}],
        failed_repositories=[{"repository": "team/bad", "code": "c", "message": "It is broken"}],
    )

    body = developer.get(reverse("run-detail", args=[run.pk])).content.decode()
    for page in (detail(developer, registry), body):
        assert "Something is odd. Look at it." in page
    assert "1 repository could not be read" in detail(developer, registry)
    assert "team/bad" in body
    assert "It is broken" in body


def test_repositories_are_found_by_part_of_their_name(
    developer: Client, registry: Registry
) -> None:
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    observe(registry, "other/web", {"v1": 1})

    assert "team/app" in detail(developer, registry)
    found = detail(developer, registry, "?q=WEB")
    assert "other/web" in found
    assert "team/app" not in found
    assert "No repositories with" in detail(developer, registry, "?q=%3Cnothing")


def test_held_removals_are_shown_once(developer: Client, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    held = {"code": "removals_held", "message": "2 of 2 images are gone", "hint": "Confirm"}
    odd = {"code": "w", "message": "Something is odd", "hint": "Look at it"}
    run = make_finished_run(registry, State.PARTIAL, held=2, warnings=[held, odd])
    assert "2 of 2 images are gone" in detail(developer, registry)

    hold_everything(registry)

    assert "2 of 2 images are gone" not in detail(developer, registry)
    assert "Something is odd" in detail(developer, registry)
    page = developer.get(reverse("run-detail", args=[run.pk])).content.decode()
    assert "2 of 2 images are gone" in page


def test_a_sync_that_just_started_shows_no_counts_yet(
    developer: Client, registry: Registry
) -> None:
    Registry.objects.filter(pk=registry.pk).update(next_sync_at=Now() + timedelta(days=1))
    make_claim(registry)

    page = detail(developer, registry)

    assert "Sync in progress." in page
    assert "0 of 0" not in page
    assert "After the current sync" in page
    assert "Measuring…" in page


def test_the_number_of_queries_does_not_grow(
    developer: Client, registry: Registry, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        observe(registry, f"team/app-{number}", {"v1": 1, "v2": 2})
        make_finished_run(registry)
    hold_everything(registry)
    webhook(registry)

    with django_assert_max_num_queries(19):
        detail(developer, registry)


def test_the_list_of_runs_shows_who_started_them(developer: Client, registry: Registry) -> None:
    post(developer, "registry-sync", registry)

    page = developer.get(reverse("run-list", args=[registry.pk])).content.decode()

    assert "Manual</span>, developer-" in page
    assert "Queued" in page


@pytest.mark.parametrize("address", ["/registries/999999", "/runs/999999", "/repositories/999999"])
def test_an_unknown_registry_shows_our_own_error_page(developer: Client, address: str) -> None:
    answer = developer.get(address)

    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()
