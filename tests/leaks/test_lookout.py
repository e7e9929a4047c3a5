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


FORMS = {
    "as it is": _UTF8,
    "in another encoding": SECRET.encode("latin-1"),
    "in capitals": SECRET.upper().encode(),
    "in a form": quote_plus(SECRET).encode(),
    "in HTML": html.escape(SECRET).encode(),
    "in JSON inside JSON": json.dumps(json.dumps(SECRET)).encode(),
    "as Python shows it": repr(SECRET).encode(),
    "in hexadecimal": _UTF8.hex().encode(),
    "backwards": SECRET[::-1].encode(),
    "its beginning": SECRET[:30].encode(),
    "its end": SECRET[-40:].encode(),
    "in base64, cut": base64.b64encode(b"robot:" + _UTF8)[:56],
}
for _length in range(3):
    _name = b"robot"[:_length]
    FORMS[f"in base64 after {_length} letters"] = base64.b64encode(_name + b":" + _UTF8)
    FORMS[f"in URL base64 after {_length} letters"] = base64.urlsafe_b64encode(_name + _UTF8)


@pytest.mark.parametrize("form", list(FORMS))
def test_it_is_seen_in_every_form(form: str) -> None:
    assert "the tests" in Lookout([CANARY]).seen_in(b"before" + FORMS[form] + b"behind")


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
