from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from harborguard.access.models import User
from harborguard.api.ordering import Ordering, ordering_of
from harborguard.api.views import Resource
from tests.factories import make_user


class People(Resource):
    orderings = {"name": "username", "lastSignedInAt": "last_login"}  # noqa: RUF012


def asked(query: str) -> Ordering:
    return ordering_of(Request(APIRequestFactory().get(f"/?{query}")), People())


def test_the_first_order_is_the_default() -> None:
    assert asked("") == Ordering("name", "username", descending=False)


def test_a_minus_turns_it_round() -> None:
    assert asked("ordering=-lastSignedInAt") == Ordering(
        "lastSignedInAt", "last_login", descending=True
    )


@pytest.mark.parametrize("name", ["username", "last_login", "--name", "", "password", "NAME"])
def test_another_order_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        asked(f"ordering={name}")

    detail = str(refusal.value.detail)
    assert "Choose one of: name, -name, lastSignedInAt, -lastSignedInAt." in detail


@pytest.mark.django_db
def test_a_missing_value_is_the_least_and_ties_are_in_the_order_of_ids() -> None:
    never = [make_user(password=None) for _ in range(3)]
    once = make_user(password=None, last_login=datetime(2026, 1, 1, tzinfo=UTC))
    expected = [*never, once]

    for descending in (False, True):
        ordering = Ordering("lastSignedInAt", "last_login", descending)
        rows = list(User.objects.order_by(*ordering.columns()))
        assert rows == (expected[::-1] if descending else expected)
