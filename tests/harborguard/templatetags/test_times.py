from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from harborguard.templatetags.times import relative_time

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (-0.9, "now"),
        (-1, "1 second ago"),
        (-59, "59 seconds ago"),
        (-60, "1 minute ago"),
        (-3 * 86_400 - 7_200, "3 days ago"),
        (-26 * 86_400, "3 weeks ago"),
        (-45 * 86_400, "1 month ago"),
        (-800 * 86_400, "2 years ago"),
        (42 * 60, "in 42 minutes"),
        (3_600, "in 1 hour"),
        (86_400, "in 1 day"),
    ],
)
def test_a_time_is_given_in_its_largest_unit(
    monkeypatch: pytest.MonkeyPatch, seconds: float, words: str
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    assert relative_time(NOW + timedelta(seconds=seconds)) == words
