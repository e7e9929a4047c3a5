from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote_plus

import pytest

from tests.leaks.canary import Canary
from tests.leaks.lookout import Lookout

CANARY = Canary.made_for("the tests")
SECRET = CANARY.text
_UTF8 = SECRET.encode()


@pytest.mark.parametrize(
    "shown",
    [
        _UTF8,
        SECRET.encode("latin-1"),
        SECRET.upper().encode(),
        quote_plus(SECRET).encode(),
        html.escape(SECRET).encode(),
        json.dumps(json.dumps(SECRET)).encode(),
        repr(SECRET).encode(),
        _UTF8.hex().encode(),
        SECRET[::-1].encode(),
        SECRET[:30].encode(),
        SECRET[-40:].encode(),
        *(base64.b64encode(b"robot"[:length] + b":" + _UTF8) for length in range(3)),
        *(base64.urlsafe_b64encode(b"robot"[:length] + _UTF8) for length in range(3)),
        base64.b64encode(b"robot:" + _UTF8)[:56],
    ],
)
def test_it_is_seen_in_every_form(shown: bytes) -> None:
    assert "the tests" in Lookout([CANARY]).seen_in(b"before" + shown + b"behind")


def test_each_of_many_is_told() -> None:
    others = [Canary.made_for(f"number {number}") for number in range(20)]
    data = b" ".join(canary.text.encode() for canary in others[::2])

    assert set(Lookout([CANARY, *others]).seen_in(data)) == {
        canary.purpose for canary in others[::2]
    }


def test_another_secret_is_not_taken_for_it() -> None:
    other = Canary.made_for("something else")

    seen = Lookout([other]).seen_in(_UTF8 + base64.b64encode(_UTF8) + _UTF8.hex().encode())

    assert seen == {}


def test_of_a_key_the_part_that_is_shown_may_be_seen() -> None:
    key = Canary("a key", "hg_0123456789ab" + "c0ffee" * 8, marks="c0ffee" * 8)

    assert Lookout([key]).seen_in(b"hg_0123456789ab...") == {}
    assert Lookout([key]).seen_in(key.text.encode())
