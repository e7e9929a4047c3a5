from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from registries.transport.redaction import redacted
from tests.leaks.canary import Canary
from tests.leaks.echoing_registry import FORMS
from tests.leaks.lookout import Lookout

_CANARY = Canary.made_for("the tests")
_LOGIN = base64.b64encode(f"robot:{_CANARY.text}".encode()).decode()


@pytest.mark.parametrize("form", FORMS)
def test_a_login_is_taken_out_however_it_is_written(form: str) -> None:
    shown = redacted(f"Told: {FORMS[form](_LOGIN, _CANARY.text)}.", f"Basic {_LOGIN}")

    assert shown.startswith("Told: ")
    assert "[redacted]" in shown
    assert Lookout([_CANARY]).seen_in(shown.encode()) == {}


def test_a_login_that_is_escaped_twice_is_taken_out() -> None:
    twice = [json.dumps(json.dumps(_CANARY.text)), quote(quote(_CANARY.text))]

    for text in twice:
        shown = redacted(text, f"Basic {_LOGIN}")
        assert Lookout([_CANARY]).seen_in(shown.encode()) == {}


def test_a_token_is_taken_out_and_what_stands_around_it_stays() -> None:
    assert redacted("no Bearer ab/c+d== for you", "Bearer ab/c+d==") == (
        "no Bearer [redacted]== for you"
    )


def test_other_words_stay_as_they_are() -> None:
    assert redacted("denied: robot", f"Basic {_LOGIN}") == "denied: robot"
    assert redacted("denied", None) == "denied"


@pytest.mark.parametrize("sign", ["\\", "&", "&amp;", "%25", '\\"'])
def test_what_is_made_to_cost_time_stays_as_it_is(sign: str) -> None:
    login = base64.b64encode(b'robot:\\\\\\\\"<"<x').decode()
    long = sign * (65536 // len(sign))

    assert redacted(long, f"Basic {login}") == long
