"""The public outcome of a check: what is wrong, but no names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class NotReady(Exception):
    """A failed check; ``facts`` are shown beside it."""

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.facts = facts


class Unreachable(NotReady):
    """A failed check on which later checks depend: they are skipped."""


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
