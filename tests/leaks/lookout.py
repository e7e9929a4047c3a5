"""Looks for many canaries at once: every place costs two look-ups, however many there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tests.leaks.canary import PIECE, Canary, Sign, signs

_LONG_ENOUGH = re.compile(rb"[A-Za-z0-9]{%d,}" % PIECE)


class Lookout:
    def __init__(self, canaries: Iterable[Canary]) -> None:
        found = [sign for canary in canaries for sign in signs(canary)]
        self._as_it_is = {sign.pattern[:PIECE]: sign for sign in found if not sign.ignores_case}
        self._in_small = {sign.pattern[:PIECE]: sign for sign in found if sign.ignores_case}

    def seen_in(self, data: bytes) -> dict[str, str]:
        """Return the form and surroundings of each canary found, by its purpose."""
        seen: dict[str, str] = {}
        small = data.lower()
        for run in _LONG_ENOUGH.finditer(data):
            for at in range(run.start(), run.end() - PIECE + 1):
                for sign in self._at(data, small, at):
                    around = data[max(0, at - 80) : at + 60]
                    seen.setdefault(sign.canary.purpose, f"{sign.form}: {around!r}")
        return seen

    def _at(self, data: bytes, small: bytes, at: int) -> Iterator[Sign]:
        for signs_there, text in ((self._as_it_is, data), (self._in_small, small)):
            sign = signs_there.get(text[at : at + PIECE])
            if sign is not None and text.startswith(sign.pattern, at):
                yield sign
