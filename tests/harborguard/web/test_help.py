from __future__ import annotations

import re

import pytest
from django.test import Client

from harborguard.access.models import Role
from harborguard.web.help import page_names, read_page, slug_of
from registries.providers import PROVIDERS
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


@pytest.mark.parametrize("name", page_names())
def test_every_page_of_the_docs_is_shown(viewer: Client, name: str) -> None:
    response = viewer.get(f"/help/{name}")

    assert response.status_code == 200
    assert "<h1 id=" in response.content.decode()


@pytest.mark.parametrize("name", page_names())
def test_links_between_pages_lead_to_headings_that_exist(name: str) -> None:
    html = str(read_page(name).html)

    for target, fragment in re.findall(r'href="/help/([^"#]+)(?:#([^"]*))?"', html):
        assert target in page_names()
        if fragment:
            assert f'id="{fragment}"' in read_page(target).html
    for fragment in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{fragment}"' in html


def test_the_index_lists_guides_and_providers(viewer: Client) -> None:
    page = viewer.get("/help").content.decode()

    assert "/help/sync-and-health" in page
    assert all(f"/help/providers/{slug}" in page for slug in PROVIDERS)


@pytest.mark.parametrize("slug", PROVIDERS)
def test_a_provider_has_a_page_that_links_sync_and_health(slug: str) -> None:
    assert 'href="/help/sync-and-health' in read_page(f"providers/{slug}").html


@pytest.mark.parametrize(
    "name", ["nothing", "../README", "..%2fREADME", "sync-and-health.md", "/etc/passwd", ""]
)
def test_nothing_else_is_served(viewer: Client, name: str) -> None:
    assert viewer.get(f"/help/{name}").status_code == 404


def test_links_to_files_that_are_not_served_are_text() -> None:
    html = str(read_page("install").html)

    assert "README" in html
    assert 'href="../README' not in html


def test_headings_have_the_ids_that_github_gives_them() -> None:
    assert slug_of("Recovering from errors") == "recovering-from-errors"
    assert slug_of("Where do I look when …") == "where-do-i-look-when-"
