from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.exceptions import ParseError

from harborguard.api.parsers import BoundedJSONParser, NothingParser
from harborguard.api.refusals import TooLarge


def parse(body: bytes) -> Any:
    return BoundedJSONParser().parse(BytesIO(body))


def test_it_reads_json_in_utf_8() -> None:
    assert parse('{"name": "Küste", "n": [1, 2.5, null]}'.encode()) == {
        "name": "Küste",
        "n": [1, 2.5, None],
    }


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b'{"n": NaN}', "NaN"),
        (b'{"n": -Infinity}', "-Infinity"),
        (b'{"n": 1e999}', "1e999"),
        (b'{"n": 1, "n": 2}', "duplicate"),
        (b'{"a": {"n": 1, "n": 2}}', "duplicate"),
        (b"9" * 5000, "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_it_says_what_is_wrong_with_other_bodies(body: bytes, told: str) -> None:
    with pytest.raises(ParseError, match=told):
        parse(body)


def test_it_repeats_no_long_text_of_what_was_sent() -> None:
    with pytest.raises(ParseError) as refusal:
        parse(b"1" * 4000 + b"e999")

    assert len(str(refusal.value)) < 200


def test_it_reads_as_much_as_is_allowed_and_no_more(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2048
    stream = BytesIO(b'"' + b"x" * 10_000)

    assert parse(b'"' + b"x" * 2046 + b'"') == "x" * 2046
    with pytest.raises(TooLarge, match="larger than 2 KiB"):
        BoundedJSONParser().parse(stream)
    assert stream.tell() == 2049


def test_a_request_that_has_nothing_to_tell_has_a_kibibyte_for_it() -> None:
    stream = BytesIO(b'{"0": "' + b"x" * 10_000)

    assert NothingParser().parse(BytesIO(b"{}" + b" " * 1022)) == {}
    with pytest.raises(TooLarge, match="larger than 1 KiB"):
        NothingParser().parse(stream)
    assert stream.tell() == 1025
