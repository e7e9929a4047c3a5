from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from harborguard.clock import Now
from registries.errors import AuthenticationFailed, ConnectionTimedOut
from registries.models import Registry
from sync.models import State, SyncRun, Trigger
from sync.views.registry_list import FORM_ID, PAGE_SIZE
from tests.factories import make_claim, make_finished_run, make_registry
from tests.pages import hold_everything, observe, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LIST = "/registries"
# Session, user, count, page, where the strips start, the strips.
QUERIES = 6


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


def page(client: Client, query: str = "", **headers: str) -> str:
    return client.get(LIST + query, headers=headers).content.decode()


def names(client: Client, query: str = "") -> list[str]:
    return re.findall(r'id="registry-\d+"[^>]*>([^<]*)</a>', page(client, query))


def test_an_empty_list_shows_how_to_start() -> None:
    assert "No registries connected yet" in page(signed_in(Role.ADMIN))
    assert "Connect a registry" in page(signed_in(Role.ADMIN))


def test_a_viewer_is_told_who_can_connect_a_registry(viewer: Client) -> None:
    body = page(viewer)

    assert "Ask an admin to connect one." in body
    assert "Connect a registry" not in body


def test_a_registry_shows_its_status_in_words_and_its_health_as_a_number(viewer: Client) -> None:
    make_finished_run(make_registry(name="ours"), image_count=1234, repository_count=56)

    body = page(viewer)

    assert "Connected" in body
    assert '<rect width="100" height="10"/>' in body
    assert "health-green" in body
    assert "1,234" in body


@pytest.mark.parametrize(
    ("good", "bad", "tone"), [(9, 1, "green"), (8, 2, "yellow"), (5, 5, "yellow"), (4, 6, "red")]
)
def test_health_has_the_color_of_its_range_and_explains_its_score(
    viewer: Client, good: int, bad: int, tone: str
) -> None:
    registry = make_registry()
    for state in [State.SUCCEEDED] * good + [State.FAILED] * bad:
        make_finished_run(registry, state)

    body = page(viewer)

    assert f"health-{tone}" in body
    assert f'title="{good} of the last 10 syncs succeeded"' in body


def test_a_registry_that_never_ran_has_no_data_yet(viewer: Client) -> None:
    make_registry()

    body = page(viewer)

    assert "No data yet" in body
    assert "None yet" in body
    assert "Disconnected" in body


def test_the_strip_shows_syncs_but_no_push_runs(viewer: Client) -> None:
    registry = make_registry()
    good = make_finished_run(registry)
    bad = make_finished_run(registry, State.FAILED, error=ConnectionTimedOut("Timed out"))
    push = make_finished_run(registry)
    SyncRun.objects.filter(pk=push.pk).update(trigger=Trigger.PUSH)

    body = page(viewer)

    assert 'aria-label="Latest 2 syncs: 1 failed, 1 succeeded"' in body
    assert re.search(
        rf"<title>Run {good.pk}: succeeded, (now|\d seconds? ago), took \d+\.\d s</title>", body
    )
    assert f"<title>Run {bad.pk}: failed, " in body
    assert f"Run {push.pk}:" not in body


def test_a_failing_registry_shows_its_error(viewer: Client) -> None:
    make_finished_run(make_registry(), State.FAILED, error=ConnectionTimedOut("It timed out"))

    assert "It timed out" in page(viewer)


def test_a_name_is_escaped(viewer: Client) -> None:
    make_registry(name="<script>alert(1)</script>")

    body = page(viewer, "?q=%3Cscript%3E")

    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body


def test_the_number_of_queries_does_not_grow(
    viewer: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_finished_run(make_registry())
    with django_assert_num_queries(QUERIES):
        page(viewer)
    for _ in range(10):
        registry = make_registry()
        observe(registry, "team/app", {"v1": 1})
        hold_everything(registry)
        for _ in range(3):
            make_finished_run(registry)
    with django_assert_num_queries(QUERIES):
        page(viewer)


def test_pages_keep_the_search(viewer: Client) -> None:
    for number in range(PAGE_SIZE + 1):
        make_registry(name=f"registry {number:03d}")

    first, second = page(viewer, "?q=registry"), page(viewer, "?q=registry&page=2")

    assert f"registry {PAGE_SIZE:03d}" not in first
    assert 'href="/registries?q=registry&amp;page=2"' in first
    assert f"registry {PAGE_SIZE:03d}" in second


def test_the_list_is_searched_by_part_of_the_name_or_url(viewer: Client) -> None:
    make_registry(name="Payments")
    make_registry(name="other", url="https://payments.example.com")
    make_registry(name="third")

    assert names(viewer, "?q=PAY") == ["Payments", "other"]


def test_the_list_is_filtered_by_status_provider_schedule_and_health(viewer: Client) -> None:
    make_finished_run(make_registry(name="good", schedule="weekly"))
    make_finished_run(make_registry(name="bad"), State.FAILED, error=ConnectionTimedOut("x"))
    make_registry(name="new", provider="harbor")

    assert names(viewer, "?status=ERROR") == ["bad"]
    assert names(viewer, "?provider=harbor") == ["new"]
    assert names(viewer, "?schedule=weekly") == ["good"]
    assert names(viewer, "?health=good") == ["good"]
    assert names(viewer, "?health=poor") == ["bad"]
    assert names(viewer, "?health=none") == ["new"]
    assert names(viewer, "?status=ERROR&schedule=weekly") == []


def test_the_list_is_filtered_by_reason_for_attention(viewer: Client) -> None:
    make_finished_run(make_registry(name="fine"))
    refused = make_registry(name="refused")
    make_finished_run(refused, State.FAILED, error=AuthenticationFailed("401"))
    make_finished_run(make_registry(name="down"), State.FAILED, error=ConnectionTimedOut("x"))
    held = make_registry(name="held")
    make_finished_run(held)
    observe(held, "team/app", {"v1": 1})
    hold_everything(held)

    assert names(viewer, "?needs=credential") == ["refused"]
    assert names(viewer, "?needs=held") == ["held"]
    assert names(viewer, "?needs=anything") == ["down", "held", "refused"]
    assert "Removals held for review" in page(viewer, "?q=held")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["few", "many", "none"]),
        ("-name", ["none", "many", "few"]),
        ("status", ["many", "none", "few"]),
        ("health", ["many", "few", "none"]),
        ("-images", ["many", "few", "none"]),
        ("-last", ["few", "many", "none"]),
        ("next", ["many", "few", "none"]),
        ("nonsense", ["few", "many", "none"]),
    ],
)
def test_the_list_is_sorted_by_its_headings(viewer: Client, sort: str, order: list[str]) -> None:
    few, many = make_registry(name="few"), make_registry(name="many")
    make_registry(name="none")
    make_finished_run(few, image_count=1)
    make_finished_run(many, State.FAILED, image_count=5, error=ConnectionTimedOut("x"))
    Registry.objects.filter(pk=many.pk).update(last_sync_at=Now() - timedelta(hours=1))
    Registry.objects.filter(name="none").update(next_sync_at=None)

    assert names(viewer, f"?sort={sort}") == order


def test_the_current_heading_shows_its_direction_and_links_to_the_other(viewer: Client) -> None:
    make_registry()

    body = page(viewer, "?sort=-images&q=regis")

    assert 'aria-sort="descending"' in body
    assert body.count("aria-sort") == 1
    assert 'href="/registries?q=regis&amp;sort=images"' in body
    assert 'href="/registries?q=regis&amp;sort=health"' in body


def test_no_matches_offer_to_clear_the_filters(viewer: Client) -> None:
    make_registry()

    body = page(viewer, "?q=nowhere")

    assert "No matching registries" in body
    assert "Clear filters" in body


def test_each_active_filter_can_be_removed(viewer: Client) -> None:
    make_registry()

    body = page(viewer, "?status=ERROR&schedule=daily")

    assert "Status: Error" in body
    assert "Schedule: daily" in body
    assert 'href="/registries?schedule=daily"' in body


def test_unknown_parameters_are_ignored(viewer: Client) -> None:
    make_registry(name="ours")

    assert names(viewer, "?status=NONSENSE&needs=nothing&page=x") == ["ours"]


def test_the_list_polls_only_during_a_sync(viewer: Client) -> None:
    registry = make_registry()
    assert "every 3s" not in page(viewer)

    make_claim(registry)
    body = page(viewer, "?q=regis&sort=-images")

    assert "every 3s" in body
    assert 'hx-get="/registries?q=regis&amp;sort=-images&amp;page=1"' in body
    assert "every 3s" not in page(viewer, "?q=nowhere")


def test_the_url_of_a_search_omits_empty_fields(viewer: Client) -> None:
    make_registry()

    answer = viewer.get(f"{LIST}?q=ours&status=&sort=name&needs=", headers={"HX-Trigger": FORM_ID})

    assert answer["HX-Replace-Url"] == "/registries?q=ours"
    assert "HX-Replace-Url" not in viewer.get(LIST)
