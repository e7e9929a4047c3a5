from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory import scan
from inventory.models import Image
from inventory.views.search import ROWS_PER_PAGE
from registries.models import Registry
from tests.factories import make_registry
from tests.pages import digest_of, observe, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


@pytest.fixture
def registry() -> Registry:
    registry = make_registry(name="production")
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    return registry


def page_of(client: Client, query: str) -> str:
    answer = client.get(f"/inventory{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_results_show_all_known_details(viewer: Client, registry: Registry) -> None:
    Image.objects.filter(tag="v1").update(size=2_000_000, platforms=["linux/amd64"])

    page = page_of(viewer, "?q=v1")

    image = Image.objects.get(tag="v1")
    assert f'href="/images/{image.pk}"' in page
    assert ">team/app:v1</a>" in page
    assert f'title="{digest_of(1)}"' in page
    for words in ("production", "1.9", "linux/amd64", "Active"):
        assert words in page
    assert "team/app:v2" not in page
    assert "0 repositories, 1 image\n" in page


def test_an_empty_query_lists_the_repositories(viewer: Client, registry: Registry) -> None:
    page = page_of(viewer, "")

    assert ">team/app</a>" in page
    assert ">team/app:v1</a>" not in page


def test_only_the_first_repositories_are_shown_above_the_images(
    viewer: Client, registry: Registry
) -> None:
    for number in range(6):
        observe(registry, f"team/app-{number}", {"v1": 1})

    page = page_of(viewer, "?q=app")
    assert "5 or more repositories" in page
    assert 'href="/inventory?q=app&amp;show=repositories"' in page
    assert "7 repositories\n" in page_of(viewer, "?q=app&show=repositories")


def test_a_page_continues_after_the_last_row(viewer: Client, registry: Registry) -> None:
    observe(registry, "team/many", {f"t{number:03d}": 1 for number in range(ROWS_PER_PAGE + 1)})
    last = Image.objects.get(tag="t049")

    first = page_of(viewer, "?q=:t")
    assert f'href="/inventory?q=%3At&amp;after={last.pk}&amp;show=images"' in first
    second = page_of(viewer, f"?q=:t&show=images&after={last.pk}")
    assert "1 image\n" in second
    assert "team/many:t050" in second


@pytest.mark.parametrize("after", ["x", "-1", "\u0667", "9" * 500, "999999999999"])
def test_an_invalid_position_shows_the_first_page(
    viewer: Client, registry: Registry, after: str
) -> None:
    assert ">team/app:v1</a>" in page_of(viewer, f"?q=v1&show=images&after={after}")


def test_a_search_that_reaches_the_limit_says_so_and_continues(
    viewer: Client, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_FIRST_WINDOW", 1)
    monkeypatch.setattr(scan, "SCAN_LIMIT", 1)
    monkeypatch.setattr("inventory.views.search.ROWS_PER_PAGE", 0)

    page = page_of(viewer, "?q=v&removed=true&show=images")

    assert "match the filters" in page
    assert "No matching images" not in page
    assert f"after={Image.objects.get(tag='v1').pk}" in page


@pytest.mark.parametrize(
    ("registry_field", "words"),
    [
        ("nowhere", "No registry has this in its name."),
        ("production-", "production-1, production-2"),
        ("999999999999", "No registry has this in its name."),
    ],
)
def test_an_unknown_or_ambiguous_registry_is_reported(
    viewer: Client, registry: Registry, registry_field: str, words: str
) -> None:
    make_registry(name="production-1")
    make_registry(name="production-2")

    page = page_of(viewer, f"?q=v1&registry={registry_field}")

    assert words in page
    assert ">team/app:v1</a>" not in page


def test_a_registry_is_found_by_name_part_of_it_or_id(viewer: Client, registry: Registry) -> None:
    make_registry(name="production-1")

    for named in ("production", str(registry.pk)):
        assert ">team/app:v1</a>" in page_of(viewer, f"?q=v1&registry={named}")
    assert ">team/app:v1</a>" not in page_of(viewer, "?q=v1&registry=ION-1")


def test_a_digest_prefix_that_is_too_short_asks_for_more(
    viewer: Client, registry: Registry
) -> None:
    assert "at least two digits" in page_of(viewer, "?q=sha256:a")


def test_no_matches_come_with_what_to_do_next(viewer: Client, registry: Registry) -> None:
    page = page_of(viewer, "?q=zzz")

    assert "No matching images" in page
    assert 'href="/inventory?q=zzz&amp;removed=any"' in page


def test_the_url_for_htmx_omits_empty_fields(viewer: Client) -> None:
    answer = viewer.get("/inventory?q=v1&registry=&kind=&removed=")

    assert answer["HX-Replace-Url"] == "/inventory?q=v1"


def test_the_number_of_queries_does_not_grow_with_the_results(
    viewer: Client, registry: Registry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(9):
        observe(make_registry(), f"team/v{number}", {f"v{tag}": tag for tag in range(9)})
    # Session, user; repositories and their registries; ids, images, their registries and
    # repositories.
    with django_assert_num_queries(8):
        page_of(viewer, "?q=v")
    named = make_registry(url="https://registry.example.com")
    observe(named, "team/v", {f"v{tag}": tag for tag in range(9)})
    # Also the registry at the host, and repositories with exactly that name.
    with django_assert_num_queries(11):
        page_of(viewer, "?q=registry.example.com/team/v:v")
