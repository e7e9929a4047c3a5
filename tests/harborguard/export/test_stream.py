from __future__ import annotations

from itertools import repeat

import pytest

from harborguard.export.stream import Stream, TookTooLong
from harborguard.web.slots import EXPORTS, Busy, Slot, Slots


def test_pieces_are_gathered_and_none_is_lost() -> None:
    pieces = [f"{number}\n" for number in range(50_000)]

    sent = list(Stream(iter(pieces), EXPORTS.take()))

    assert b"".join(sent) == "".join(pieces).encode()
    assert 4 <= len(sent) <= 6


def test_closing_releases_the_slot_of_a_stream_that_was_never_read() -> None:
    slots = Slots(1, "All taken")
    stream = Stream(iter(()), slots.take())
    with pytest.raises(Busy):
        slots.take()

    stream.close()

    assert isinstance(slots.take(), Slot)


def test_one_that_takes_too_long_is_broken_off() -> None:
    stream = iter(Stream(repeat("x" * 70_000), EXPORTS.take(), seconds=0))

    assert len(next(stream)) == 70_000
    with pytest.raises(TookTooLong):
        next(stream)
