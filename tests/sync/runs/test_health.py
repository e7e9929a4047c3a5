from fractions import Fraction

import pytest

from sync.runs.health import health_score, outcome


@pytest.mark.parametrize(
    ("state", "read", "failed", "expected"),
    [
        ("succeeded", 10, 0, 1.0),
        ("partial", 3, 1, 0.75),
        ("partial", 10, 0, 1.0),
        ("partial", 0, 0, 1.0),
        ("failed", 10, 0, 0.0),
    ],
)
def test_an_outcome_is_the_share_of_what_could_be_read(
    state: str, read: int, failed: int, expected: float
) -> None:
    assert outcome(state, read=read, failed=failed) == expected


def test_there_is_no_score_before_the_first_run() -> None:
    assert health_score([]) is None


@pytest.mark.parametrize(
    ("outcomes", "score"),
    [
        ([1.0], 100),
        ([0.0], 0),
        ([1.0, 0.0], 50),
        ([1.0] * 9 + [0.0], 90),
        ([1.0] * 10 + [0.0] * 90, 100),
        ([1.0] * 9 + [0.999], 99),
        ([Fraction(29, 50)], 58),
        ([Fraction(29, 100)], 29),
    ],
)
def test_the_score_is_the_mean_of_the_last_ten_rounded_down(
    outcomes: list[float | Fraction], score: int
) -> None:
    assert health_score([Fraction(outcome) for outcome in outcomes]) == score
