from __future__ import annotations

import pytest
from django.test import Client

from harborguard.access.models import AuditEntry, Role, User
from harborguard.embedded.launcher.first_admin import create_first_admin
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_the_first_admin_signs_in_with_the_password_that_is_told() -> None:
    made = create_first_admin()

    assert made is not None
    assert made.username == "admin"
    assert made.password not in repr(made)
    assert Client().login(username=made.username, password=made.password)
    assert User.objects.get().role == Role.ADMIN
    entry = AuditEntry.objects.get()
    assert entry.action == "user.created"
    assert made.password not in repr(entry.changes)


def test_it_is_made_once() -> None:
    create_first_admin()

    assert create_first_admin() is None
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"role": Role.ADMIN, "password": None},
        {"role": Role.ADMIN, "is_active": False},
        {"role": Role.DEVELOPER},
    ],
)
def test_somebody_who_cannot_sign_in_as_admin_is_none(fields: dict[str, object]) -> None:
    make_user(fields.pop("role"), username="admin", **fields)  # type: ignore[arg-type]

    made = create_first_admin()

    assert made is not None
    assert made.username == "admin-2"
