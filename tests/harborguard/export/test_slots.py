from __future__ import annotations

from harborguard.export import slots


def test_there_are_so_many_and_each_is_given_back_once() -> None:
    taken = [slots.take() for _ in range(slots.AT_ONCE)]
    assert None not in taken
    assert slots.take() is None

    for give_back in taken:
        assert give_back is not None
        give_back()
        give_back()

    again = [slots.take() for _ in range(slots.AT_ONCE + 1)]
    assert again.count(None) == 1
    for give_back in again:
        if give_back is not None:
            give_back()
