"""A text in pieces: buffered, bounded in time, and with an end whatever happens.

If it breaks, the connection ends without the end of the transfer, which browsers and curl report as
a failed download.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from harborguard.web.slots import Slot

_GATHERED = 64 * 1024
SECONDS = 1800.0


class TookTooLong(Exception):
    """The client reads too slowly, or there is too much: others need the thread."""


class Stream:
    """A stream. ``slot`` is released once nothing more is sent, even if nothing was ever read."""

    def __init__(self, pieces: Iterator[str], slot: Slot, seconds: float = SECONDS) -> None:
        self._pieces = pieces
        self._slot = slot
        self._until = time.monotonic() + seconds

    def __iter__(self) -> Iterator[bytes]:
        gathered: list[str] = []
        size = 0
        for piece in self._pieces:
            gathered.append(piece)
            size += len(piece)
            if size >= _GATHERED:
                yield "".join(gathered).encode()
                gathered.clear()
                size = 0
                if time.monotonic() > self._until:
                    raise TookTooLong("An export took too long and was aborted")
        yield "".join(gathered).encode()

    def close(self) -> None:
        self._slot.release()
