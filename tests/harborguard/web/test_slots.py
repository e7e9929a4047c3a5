from __future__ import annotations

import pytest

from harborguard.web.slots import Busy, Slot, Slots


def test_a_slot_is_released_once() -> None:
    slots = Slots(2, "All taken")
    first, second = slots.take(), slots.take()

    first.release()
    first.release()

    third = slots.take()
    with pytest.raises(Busy, match="All taken"):
        slots.take()
    assert second is not third


def test_a_forgotten_slot_is_released() -> None:
    slots = Slots(1, "All taken")
    slot = slots.take()
    with pytest.raises(Busy):
        slots.take()

    del slot

    assert isinstance(slots.take(), Slot)
