from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from registries.providers.shared.timestamps import timestamp_from_text, timestamp_from_unix

MOMENT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T10:00:00Z",
        "2026-03-02T10:00:00.000000000Z",
        "2026-03-02T12:00:00+02:00",
        "2026-03-02T10:00:00",
        "Mon, 02 Mar 2026 10:00:00 -0000",
    ],
)
def test_timestamps_of_apis_are_parsed(text: str) -> None:
    assert timestamp_from_text(text) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "yesterday",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "Mon, 02 Mar 2026 10:00:00 -9999999999999",
        "Mon, 02 Mar 99999999999999 10:00:00 GMT",
    ],
)
def test_an_invalid_timestamp_is_unknown(text: Any) -> None:
    assert timestamp_from_text(text) is None


@pytest.mark.parametrize("seconds", [1_772_445_600, 1_772_445_600.0, "1772445600"])
def test_seconds_count_from_1970(seconds: Any) -> None:
    assert timestamp_from_unix(seconds) == MOMENT


@pytest.mark.parametrize("seconds", [None, "", "x", [], 0, -1, 10**400, float("nan"), float("inf")])
def test_invalid_seconds_are_unknown(seconds: Any) -> None:
    assert timestamp_from_unix(seconds) is None
