from __future__ import annotations

import re

import pytest
from django.urls import reverse

from harborguard.access.models import Role
from tests.factories import make_finished_run, make_registry, make_user
from tests.pages import observe, signed_in

pytestmark = pytest.mark.django_db


def marked(path: str) -> dict[str, str]:
    """Return the marked links, and how they are marked."""
    shown = signed_in(Role.ADMIN).get(path).content.decode()
    header = shown[shown.index("<header") : shown.index("</header>")]
    return dict(re.findall(r'<a [^>]*href="([^"]*)"[^>]*aria-current="(\w+)"', header))


@pytest.mark.parametrize(
    "path", ["/", "/registries", "/inventory", "/changes", "/users", "/audit", "/profile"]
)
def test_the_page_that_is_open_is_marked(path: str) -> None:
    assert marked(path) == {path: "page"}


def test_a_page_inside_marks_the_part_that_it_belongs_to() -> None:
    registry = make_registry()
    run = make_finished_run(registry)
    repository = observe(registry, "team/app", {"v1": 1}, run_id=run.pk)
    inside = {
        "/registries/connect": "/registries",
        reverse("registry-detail", args=[registry.pk]): "/registries",
        reverse("run-detail", args=[run.pk]): "/registries",
        reverse("repository-detail", args=[repository.pk]): "/inventory",
        "/keys": "/profile",
        f"/users/{make_user().pk}": "/users",
    }

    assert {path: marked(path) for path in inside} == {
        path: {part: "true"} for path, part in inside.items()
    }


def test_nothing_is_marked_where_nothing_is() -> None:
    assert marked("/nothing") == {}
