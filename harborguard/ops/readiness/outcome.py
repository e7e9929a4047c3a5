"""How one check went, as everybody may read it: what is wrong, and no name of where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class NotReady(Exception):
    """A check's own verdict; ``facts`` are shown beside it."""

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.facts = facts


class Unreachable(NotReady):
    """What the checks after this one need is not there either: they are not tried."""


@dataclass(frozen=True, slots=True)
class Outcome:
    passed: bool
    detail: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"status": "ok" if self.passed else "failed", "detail": self.detail, **self.facts}


def passed(detail: str, **facts: Any) -> Outcome:
    return Outcome(True, detail, facts)


def failed(detail: str, **facts: Any) -> Outcome:
    return Outcome(False, detail, facts)
