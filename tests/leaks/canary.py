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

# Each of these is written differently in a URL, in HTML, in JSON, in Python or in a shell.
TRICKY = "cánary+/\"<&%'=\\ "
_ALPHABET = string.ascii_lowercase + string.digits
PIECE = 12
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
        marks = "".join(random.choices(_ALPHABET, k=PIECE * _PIECES))
        return cls(purpose, f"{around}{marks}{around}", marks)


@dataclass(frozen=True)
class Sign:
    """Bytes that give a canary away: letters and digits, at least as many as a piece has."""

    canary: Canary
    form: str
    pattern: bytes
    ignores_case: bool = False


def signs(canary: Canary) -> Iterator[Sign]:
    for start in range(0, len(canary.marks) - PIECE + 1, PIECE):
        piece = canary.marks[start : start + PIECE].encode()
        small = piece.lower()
        yield Sign(canary, "as text", small, ignores_case=True)
        yield Sign(canary, "backwards", small[::-1], ignores_case=True)
        yield Sign(canary, "in hex", piece.hex().encode(), ignores_case=True)
        for before in range(3):
            yield Sign(canary, f"in base64, {before} bytes on", _base64_inside(piece, before))


def _base64_inside(piece: bytes, before: int) -> bytes:
    """The characters of base64 that ``piece`` alone decides, behind so many other bytes.

    Letters and digits never make a ``+`` or ``/`` among themselves, so it is the same in the
    alphabet for URLs.
    """
    encoded = base64.b64encode(bytes(before) + piece)
    first = -(-before * 8 // 6)
    return encoded[first : (before + len(piece)) * 8 // 6]
