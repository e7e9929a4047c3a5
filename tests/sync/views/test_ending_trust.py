"""Two admins edit the trusted token servers at the same time: ended trust is not restored."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from harborguard.access.models import Role
from registries.models import Registry
from sync.services import connecting
from tests.factories import SOMEBODY, make_registry
from tests.other_connection import OtherConnection, other_connection
from tests.pages import signed_in
from tests.wait import somebody_waits_for_a_lock, wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]

ONE, OTHER = "https://one.example.com", "https://other.example.com"


@pytest.fixture
def another_admin() -> Iterator[OtherConnection]:
    with other_connection() as admin:
        yield admin


FORMS = {
    "on the registry's page": ("registry-realm-remove", {"realm": OTHER}),
    "in the form of the connection": (
        "registry-edit",
        {
            "name": "ours",
            "url": "https://registry.example.com",
            "provider": "distribution",
            "schedule": "daily",
            "distrust": OTHER,
        },
    ),
}


@pytest.mark.parametrize(("route", "sent"), FORMS.values(), ids=FORMS)
def test_trust_that_another_admin_ends_meanwhile_stays_ended(
    another_admin: OtherConnection, route: str, sent: dict[str, str]
) -> None:
    registry = make_registry(
        name="ours", url="https://registry.example.com", trusted_realms=[ONE, OTHER]
    )
    admin = signed_in(Role.ADMIN)
    address = reverse(route, args=[registry.pk])

    def end_the_other() -> None:
        try:
            admin.post(address, sent)
        finally:
            connection.close()

    another_admin.begin()
    another_admin.do(lambda: connecting.change(registry.pk, by=SOMEBODY, trusted_realms=[OTHER]))
    with ThreadPoolExecutor(max_workers=1) as mine:
        ending = mine.submit(end_the_other)
        try:
            wait_until(somebody_waits_for_a_lock, "one admin comes upon what the other changes")
        finally:
            another_admin.commit()
        ending.result(timeout=30)

    assert Registry.objects.get().trusted_realms == []
