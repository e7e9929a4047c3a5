from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from harborguard.access.keys import create_key
from harborguard.access.models import Role
from tests.api_client import Caller
from tests.factories import SOMEBODY, make_user

pytestmark = pytest.mark.django_db


def test_a_key_learns_whose_it_is_what_it_may_and_until_when() -> None:
    user = make_user(Role.ADMIN, username="ada")
    expires_at = timezone.now() + timedelta(days=1)
    script = Caller(*create_key(user, "ci", Role.DEVELOPER, by=SOMEBODY, expires_at=expires_at))

    me = script.get("/api/me").json()

    key = me.pop("key")
    assert me == {
        "id": user.pk,
        "username": "ada",
        "role": "admin",
        "effectiveRole": "developer",
    }
    assert (key["id"], key["name"], key["role"]) == (script.key.pk, "ci", "developer")
    assert key["expiresAt"] == expires_at.isoformat().replace("+00:00", "Z")


def test_a_browser_has_no_key() -> None:
    client = Client()
    client.force_login(make_user(Role.DEVELOPER))

    me = client.get("/api/me").json()

    assert me["key"] is None
    assert me["effectiveRole"] == "developer"
