from __future__ import annotations

import pytest

from harborguard.access.models import User
from harborguard.web.keyset import newest_first, oldest_first, parse_id
from tests.factories import make_user


@pytest.mark.parametrize(
    ("text", "pk"),
    [
        ("7", 7),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("", None),
        ("-1", None),
        (" 7", None),
        ("7.0", None),
        ("\u0667", None),
    ],
)
def test_an_id_is_parsed_and_anything_else_is_none(text: str, pk: int | None) -> None:
    assert parse_id(text) == pk


@pytest.mark.django_db
def test_pages_continue_from_either_end() -> None:
    first, second, third = sorted(make_user().pk for _ in range(3))
    users = User.objects.filter(pk__in=[first, second, third])

    newest = newest_first(users, None, 2)
    assert [user.pk for user in newest.rows] == [third, second]
    assert (newest.next, newest.is_first) == (second, True)
    older = newest_first(users, newest.next, 2)
    assert [user.pk for user in older.rows] == [first]
    assert (older.next, older.is_first) == (None, False)

    oldest = oldest_first(users, None, 3)
    assert [user.pk for user in oldest.rows] == [first, second, third]
    assert (oldest.next, oldest.is_first) == (None, True)
    assert [user.pk for user in oldest_first(users, first, 1).rows] == [second]
