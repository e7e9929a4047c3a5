"""The stages of a connection test, for a page as a whole or one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from registries.connection_test import runner
from registries.connection_test.stages import StageResult
from registries.errors import Stage

Context = dict[str, Any]

_SHORT = {Stage.TLS: "TLS", Stage.API: "API"}


@dataclass(frozen=True, slots=True)
class Row:
    """A stage without ``result`` has not ended yet."""

    stage: Stage
    result: StageResult | None = None
    is_under_way: bool = False

    @property
    def name(self) -> str:
        return _SHORT.get(self.stage) or self.stage.capitalize()


def outcome(results: list[StageResult]) -> Context:
    rows = [Row(result.stage, result) for result in results]
    return {"rows": rows, **_end(results)}


def pieces(request: HttpRequest, results: Iterator[StageResult], context: Context) -> Iterator[str]:
    def piece(name: str, **more: Any) -> str:
        return render_to_string(f"registries/{name}.html", context | more, request)

    seen: list[StageResult] = []
    waiting = [Row(stage, is_under_way=stage == Stage.ADDRESS) for stage in Stage]
    yield piece("_test_piece", rows=waiting)
    for result in results:
        seen.append(result)
        ended = [Row(result.stage, result)]
        yield piece("_stage_pieces", rows=ended + _next(seen))
    yield piece("_test_end_piece", **_end(seen))


def _end(results: list[StageResult]) -> Context:
    failed = runner.first_failure(results)
    return {"failed": Row(failed.stage, failed) if failed else None, "is_over": True}


def _next(seen: list[StageResult]) -> list[Row]:
    """The one that is under way now."""
    over = len(seen) == len(Stage) or runner.first_failure(seen)
    return [] if over else [Row(list(Stage)[len(seen)], is_under_way=True)]
