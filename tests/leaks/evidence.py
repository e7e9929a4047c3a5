"""Everything that left the installation, or stays in it, and the secrets to look for there."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.leaks.canary import TRICKY, Canary
from tests.leaks.lookout import Lookout


@dataclass(repr=False)
class Evidence:
    canaries: list[Canary] = field(default_factory=list)
    # What was seen, by where it was; the same thing twice is kept once.
    _seen: dict[bytes, str] = field(default_factory=dict)

    def secret(self, purpose: str, around: str = TRICKY) -> str:
        """A new secret, to be entered there and to be seen nowhere."""
        canary = Canary.made_for(purpose, around)
        self.canaries.append(canary)
        return canary.text

    def watch_for(self, canary: Canary) -> None:
        self.canaries.append(canary)

    def add(self, where: str, what: bytes | str) -> None:
        data = what.encode("utf-8", "surrogatepass") if isinstance(what, str) else what
        self._seen.setdefault(data, where)

    def holds(self, text: str) -> bool:
        """Return whether a harmless value was seen, which proves that the evidence is not empty."""
        return any(text.encode() in data for data in self._seen)

    def leaks(self) -> list[str]:
        lookout = Lookout(self.canaries)
        return [
            f"{purpose} is in {where} {found}"
            for data, where in self._seen.items()
            for purpose, found in lookout.seen_in(data).items()
        ]
