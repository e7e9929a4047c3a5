from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from harborguard.access.models import Role, User
from harborguard.api.filters import (
    ChoiceFilter,
    FilterSet,
    IdFilter,
    InstantFilter,
    TextFilter,
    TrueFalseFilter,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db


class People(FilterSet):
    user_id = IdFilter(field_name="pk")
    is_active = TrueFalseFilter()
    joined_since = InstantFilter(field_name="date_joined", lookup_expr="gte")
    name = TextFilter(field_name="username", max_length=5)
    last_name = ChoiceFilter(choices=[("lovelace", "Of Ada"), ("hopper", "Of Grace")])


def found(**query: str) -> set[User]:
    people = People(query, queryset=User.objects.all())
    assert people.is_valid(), people.errors
    return set(people.qs)


def wrong(**query: str) -> Any:
    return dict(People(query, queryset=User.objects.all()).errors)


def test_filters_are_named_in_camel_case() -> None:
    assert list(People.base_filters) == ["userId", "isActive", "joinedSince", "name", "lastName"]


def test_an_id_finds_its_row() -> None:
    user, _ = make_user(), make_user()

    assert found(userId=str(user.pk)) == {user}


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.0", " 1", "\u0661", str(2**63), "9" * 5000])
def test_what_is_no_id_is_refused(value: str) -> None:
    assert "userId" in wrong(userId=value)


def test_true_and_false_are_the_only_words_for_them() -> None:
    there, gone = make_user(), make_user(Role.ADMIN, is_active=False)

    assert found(isActive="true") == {there}
    assert found(isActive="false") == {gone}
    for word in ("True", "1", "yes", "null"):
        assert "isActive" in wrong(isActive=word)


def test_a_choice_that_is_none_is_answered_with_those_that_there_are() -> None:
    assert wrong(lastName="x") == {"lastName": ["Not one of: lovelace, hopper."]}
    assert wrong(isActive="x") == {"isActive": ["Not one of: true, false."]}


def test_a_time_is_told_with_its_zone() -> None:
    user = make_user()
    hour = timedelta(hours=1)

    assert found(joinedSince=(timezone.now() - hour).isoformat()) == {user}
    assert found(joinedSince=(timezone.now() + hour).isoformat()) == set()
    assert found(joinedSince=datetime(2026, 1, 31, tzinfo=UTC).isoformat())
    for text in ("2026-01-31T12:00:00", "2026-99-31T12:00:00Z", "yesterday", "0001-01-01T00:00+24"):
        assert "joinedSince" in wrong(joinedSince=text)


def test_a_text_is_taken_as_it_is_up_to_its_length() -> None:
    user = make_user(username=" ada ")

    assert found(name=" ada ") == {user}
    assert found(name="ada") == set()
    assert "name" in wrong(name="x" * 6)
