"""A secret that is told by its random part, whatever it has been turned into.

Text that is quoted, escaped or cut still holds some of its letters and digits, and base64 or hex
of it still holds theirs: so the random part is looked for in pieces, each in every such form.
"""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

# Each of these is written differently in a URL, in HTML, in JSON, in Python and in a shell.
TRICKY = "cánary+/\"<&%'=\\ "
_ALPHABET = string.ascii_lowercase + string.digits
_PIECE = 12
_PIECES = 3


@dataclass(frozen=True)
class Canary:
    """``purpose`` tells where it was entered; ``marks`` is the part of ``text`` to look for."""

    purpose: str
    text: str
    marks: str

    @classmethod
    def made_for(cls, purpose: str, around: str = TRICKY) -> Canary:
        """``around`` stands on both sides of the random part."""
        marks = "".join(random.choices(_ALPHABET, k=_PIECE * _PIECES))
        return cls(purpose, f"{around}{marks}{around}", marks)

    def seen_in(self, data: bytes) -> str | None:
        """The form in which ``data`` holds a part of it, with what stands around that."""
        lower = data.lower()
        for form, ignores_case, pattern in self._patterns:
            at = (lower if ignores_case else data).find(pattern)
            if at >= 0:
                return f"{form}: {data[max(0, at - 80) : at + 60]!r}"
        return None

    @cached_property
    def _patterns(self) -> list[tuple[str, bool, bytes]]:
        return [
            pattern
            for start in range(0, len(self.marks) - _PIECE + 1, _PIECE)
            for pattern in _forms(self.marks[start : start + _PIECE].encode())
        ]


def _forms(piece: bytes) -> Iterator[tuple[str, bool, bytes]]:
    """Name, whether upper and lower case are one, and bytes."""
    yield "as text", True, piece.lower()
    yield "backwards", True, piece.lower()[::-1]
    yield "in hex", True, piece.hex().encode()
    for before in range(3):
        yield f"in base64, {before} bytes on", False, _base64_inside(piece, before)


def _base64_inside(piece: bytes, before: int) -> bytes:
    """The characters of base64 that ``piece`` alone decides, behind so many other bytes.

    Letters and digits never make the two characters that base64 for URLs writes otherwise
    between themselves, so one form does for both alphabets.
    """
    encoded = base64.b64encode(bytes(before) + piece)
    first = -(-before * 8 // 6)
    return encoded[first : (before + len(piece)) * 8 // 6]
