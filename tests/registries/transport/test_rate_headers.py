from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from registries.transport.rate_headers import LONGEST_WAIT, Budget, budget, wait_wished

NOW = 1_790_000_000.0

NAMES = [
    "Retry-After",
    "X-Retry-After",
    *(
        f"{prefix}-{name}"
        for prefix in ("RateLimit", "X-RateLimit")
        for name in ("Limit", "Remaining", "Reset")
    ),
]


def headers(**values: str) -> CaseInsensitiveDict[str]:
    return CaseInsensitiveDict({name.replace("_", "-"): text for name, text in values.items()})


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"Retry_After": "7"}, 7),
        ({"Retry_After": format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True)}, 90),
        ({"Retry_After": str(int(NOW) + 30)}, 30),
        ({"X_Retry_After": str(int(NOW) + 40)}, 40),
        ({"X_Retry_After": "12"}, 12),
        ({"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(int(NOW) + 50)}, 50),
        ({"RateLimit_Remaining": "0", "RateLimit_Reset": "60"}, 60),
        ({"RateLimit_Remaining": "5", "RateLimit_Reset": "60"}, 0),
        ({"Retry_After": str(int(NOW) - 30)}, 0),
        ({"Retry_After": "soon"}, 0),
        ({"Retry_After": "99999999"}, LONGEST_WAIT),
        ({"Retry_After": "1000000000"}, 0),
        ({"Retry_After": str(int(NOW + 30) * 1000)}, 30),
        ({"Retry_After": str(int(NOW - 30) * 1000)}, 0),
        ({"Retry_After": "9" * 15}, LONGEST_WAIT),
        ({"Retry_After": "-5"}, 0),
        ({"Retry_After": "Thu, 01 Jan 1970 00:00:01 GMT"}, 0),
        ({}, 0),
    ],
)
def test_the_wait_is_read_from_any_header(told: dict[str, str], seconds: float) -> None:
    assert wait_wished(headers(**told), b"", NOW) == seconds


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("toomanyrequests: retry-after: 985.86µs, allowed: 44000/minute", 985.86e-6),
        ("retry-after: 985.86\u03bcs, allowed: 44000/minute", 985.86e-6),
        ('{"errors":[{"message":"retry-after: 1.5ms, allowed: 9/minute"}]}', 1.5e-3),
        ('{"message":"retry-after: 2\\u00b5s"}', 2e-6),
        ("retry-after: 1h2m3.5s", 3723.5),
        ("retry-after: 400ns", 4e-7),
        ("retry-after: a while", 0.0),
    ],
)
def test_the_wait_is_read_from_a_sentence_with_a_duration_as_go_writes_it(
    words: str, seconds: float
) -> None:
    assert wait_wished(headers(), words.encode(), NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            {"RateLimit_Limit": "100;w=21600", "RateLimit_Remaining": "98;w=21600"},
            Budget(100, 98),
        ),
        (
            {
                "X_RateLimit_Limit": "5000",
                "X_RateLimit_Remaining": "4987",
                "X_RateLimit_Reset": str(int(NOW) + 600),
            },
            Budget(5000, 4987, NOW + 600),
        ),
        (
            {
                "RateLimit_Limit": "60, 60;w=60",
                "RateLimit_Remaining": "59",
                "RateLimit_Reset": "17",
            },
            Budget(60, 59, NOW + 17),
        ),
        ({"X_RateLimit_Remaining": "3"}, Budget(None, 3)),
        (
            {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(int(NOW + 600) * 1000)},
            Budget(None, 0, NOW + 600),
        ),
        ({"RateLimit_Remaining": "3", "RateLimit_Reset": "9" * 15}, Budget(None, 3)),
        ({"RateLimit_Limit": "60"}, None),
        ({"RateLimit_Remaining": "9" * 16}, None),
        ({"RateLimit_Remaining": "-1"}, None),
        ({"RateLimit_Remaining": "plenty"}, None),
    ],
)
def test_the_budget_is_read_from_any_header(told: dict[str, str], expected: Budget | None) -> None:
    assert budget(headers(**told), NOW) == expected


_values = st.one_of(
    st.text(),
    st.from_regex(r"[0-9]{1,400}([.;,][0-9a-z=]*)?", fullmatch=True),
    st.sampled_from(
        [
            "Mon, 01 Jan 0000 00:00:00 GMT",
            "Fri, 31 Dec 9999 23:59:59 -2359",
            "Mon, 99 Jan 2026 99:99:99 +9999",
            "nan",
            "inf",
            "1e400",
            "١٢",
        ]
    ),
)


@given(st.dictionaries(st.sampled_from(NAMES), _values), st.binary())
def test_nothing_that_is_told_breaks_it(told: dict[str, str], body: bytes) -> None:
    named = CaseInsensitiveDict(told)
    assert 0.0 <= wait_wished(named, b"retry-after: " + body, NOW) <= LONGEST_WAIT
    left = budget(named, NOW)
    assert left is None or 0 <= left.remaining < 10**15
