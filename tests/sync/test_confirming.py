from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from harborguard.access.models import Role
from sync import confirming
from sync.models import SyncRun
from tests.factories import SOMEBODY, make_registry
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


def test_nothing_is_queued_where_nothing_is_held() -> None:
    with pytest.raises(confirming.NothingHeld, match="ours has no held removals"):
        confirming.confirm_removals(make_registry(name="ours").pk, by=SOMEBODY)

    assert not SyncRun.objects.exists()


def test_the_page_says_so() -> None:
    registry = make_registry(name="ours")

    answer = signed_in(Role.DEVELOPER).post(
        reverse("registry-confirm-removals", args=[registry.pk])
    )

    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said == ["ours has no held removals."]
    assert not SyncRun.objects.exists()
