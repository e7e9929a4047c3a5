from __future__ import annotations

from itertools import repeat

import pytest

from harborguard.export.stream import Stream, TookTooLong


def test_pieces_are_gathered_and_none_is_lost() -> None:
    pieces = [f"{number}\n" for number in range(50_000)]

    sent = list(Stream(iter(pieces), lambda: None))

    assert b"".join(sent) == "".join(pieces).encode()
    assert 4 <= len(sent) <= 6


def test_the_end_is_told_if_nothing_was_ever_asked_for() -> None:
    told = []
    Stream(iter(()), lambda: told.append(1)).close()

    assert told == [1]


def test_one_that_takes_too_long_is_broken_off() -> None:
    stream = iter(Stream(repeat("x" * 70_000), lambda: None, seconds=0))

    assert len(next(stream)) == 70_000
    with pytest.raises(TookTooLong):
        next(stream)
