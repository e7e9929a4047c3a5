from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from harborguard.access.models import AuditEntry, Role
from registries.models import Registry, Status
from sync.models import SyncRun
from sync.services import confirming
from tests.factories import SOMEBODY, make_registry
from tests.pages import hold_everything, observe, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_nothing_is_queued_where_nothing_is_held() -> None:
    with pytest.raises(confirming.NothingHeld, match="ours has no removals held for review"):
        confirming.confirm_removals(make_registry(name="ours").pk, by=SOMEBODY)

    assert not SyncRun.objects.exists()


def test_the_page_says_so() -> None:
    registry = make_registry(name="ours")

    answer = signed_in(Role.DEVELOPER).post(
        reverse("registry-confirm-removals", args=[registry.pk])
    )

    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said == ["ours has no removals held for review."]
    assert not SyncRun.objects.exists()


@pytest.fixture
def registry() -> Registry:
    registry = make_registry(name="ours")
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    hold_everything(registry)
    return registry


def confirm_from_the_page(registry: Registry, page: str, meanwhile: Callable[[], object]) -> str:
    """Confirm from a page that was loaded before something happened; return the answer."""
    developer = signed_in(Role.DEVELOPER)
    shown = developer.get(reverse(page, args=[registry.pk])).content.decode()
    found = re.search('name="seen" value="([^"]+)"', shown)
    assert found is not None
    meanwhile()
    answer = developer.post(
        reverse("registry-confirm-removals", args=[registry.pk]),
        {"seen": html.unescape(found[1])},
    )
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


@pytest.mark.parametrize("page", ["registry-detail", "registry-held"])
def test_what_the_page_has_shown_is_confirmed(registry: Registry, page: str) -> None:
    assert "has been queued" in confirm_from_the_page(registry, page, lambda: None)
    assert SyncRun.objects.get().confirms_removals


@pytest.mark.parametrize("page", ["registry-detail", "registry-held"])
def test_what_is_held_since_the_page_was_loaded_is_not_confirmed_unseen(
    registry: Registry, page: str
) -> None:
    def hold_more() -> None:
        observe(registry, "team/web", {"w1": 3})
        hold_everything(registry)

    told = confirm_from_the_page(registry, page, hold_more)

    assert "more removals of ours are held now than the page showed" in told
    assert not SyncRun.objects.exists()
    assert not AuditEntry.objects.filter(action="removals.confirmed").exists()
    assert Registry.objects.get().status != Status.SYNCING


def test_as_many_others_are_not_confirmed_either(registry: Registry) -> None:
    def hold_others() -> None:
        observe(registry, "team/app", {"v1": 1, "v2": 2})
        hold_everything(registry)

    assert "than the page showed" in confirm_from_the_page(registry, "registry-detail", hold_others)


def test_that_some_are_back_is_no_reason_to_look_again(registry: Registry) -> None:
    told = confirm_from_the_page(
        registry, "registry-detail", lambda: observe(registry, "team/app", {"v1": 1})
    )

    assert "has been queued" in told


@pytest.mark.parametrize(
    "seen", ["", "2", "two 2026-01-01", "2 0001-01-01T00:00:00+14:00", f"{'9' * 9999} 2999-01-01"]
)
def test_who_does_not_say_what_they_have_seen_confirms_nothing(
    registry: Registry, seen: str
) -> None:
    signed_in(Role.DEVELOPER).post(
        reverse("registry-confirm-removals", args=[registry.pk]), {"seen": seen}
    )

    assert not SyncRun.objects.exists()
