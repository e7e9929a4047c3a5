"""Connection tests streamed to the page stage by stage, for the script that asks for it.

The answer is one JSON string per line. Each string is HTML whose elements have the ids of the
elements on the page that they replace the content of (static/piecemeal.js).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.template.loader import render_to_string

from registries.connection_test import runner
from registries.connection_test.stages import StageResult
from registries.errors import Stage

Context = dict[str, Any]

_HEADER = "X-Piecemeal"
_SHORT = {Stage.TLS: "TLS", Stage.API: "API"}


@dataclass(frozen=True, slots=True)
class StageRow:
    """A row of the test's table; without ``result`` the stage has not finished yet."""

    stage: Stage
    result: StageResult | None = None
    is_under_way: bool = False

    @property
    def name(self) -> str:
        return _SHORT.get(self.stage) or self.stage.capitalize()


def wants_stream(request: HttpRequest) -> bool:
    return _HEADER in request.headers


def stream(pieces: Iterable[str]) -> StreamingHttpResponse:
    """Return a response that no proxy compresses or buffers, so each piece arrives at once."""
    return StreamingHttpResponse(
        _lines(pieces),
        content_type="application/x-ndjson",
        headers={
            "Cache-Control": "no-store",
            "Content-Encoding": "identity",
            "X-Accel-Buffering": "no",
        },
    )


def test_context(results: list[StageResult]) -> Context:
    """Return the template context of a finished test."""
    rows = [StageRow(result.stage, result) for result in results]
    return {"rows": rows, **_end(results)}


def stage_pieces(
    request: HttpRequest, results: Iterator[StageResult], context: Context
) -> Iterator[str]:
    """Render each stage as it finishes."""

    def piece(name: str, **more: Any) -> str:
        return render_to_string(f"registries/{name}.html", context | more, request)

    seen: list[StageResult] = []
    pending = [StageRow(stage, is_under_way=stage == Stage.ADDRESS) for stage in Stage]
    yield piece("_test_piece", rows=pending)
    for result in results:
        seen.append(result)
        finished = [StageRow(result.stage, result)]
        yield piece("_stage_pieces", rows=finished + _running(seen))
    yield piece("_test_end_piece", **_end(seen))


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        yield json.dumps(piece) + "\n"


def _end(results: list[StageResult]) -> Context:
    failed = runner.first_failure(results)
    return {"failed": StageRow(failed.stage, failed) if failed else None, "is_over": True}


def _running(seen: list[StageResult]) -> list[StageRow]:
    is_over = len(seen) == len(Stage) or runner.first_failure(seen)
    return [] if is_over else [StageRow(list(Stage)[len(seen)], is_under_way=True)]
