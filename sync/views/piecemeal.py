"""An answer that comes in pieces, as each is known, for the script that asks for it.

A piece is HTML on a line of its own, as JSON: each of its elements has the id of the one on the
page whose content it replaces (static/piecemeal.js).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from django.http import HttpRequest, StreamingHttpResponse

_HEADER = "X-Piecemeal"


def is_asked_for(request: HttpRequest) -> bool:
    return _HEADER in request.headers


def answer(pieces: Iterable[str]) -> StreamingHttpResponse:
    """Nothing on the way may keep a piece back to compress it or to send it with the next."""
    return StreamingHttpResponse(
        _lines(pieces),
        content_type="application/x-ndjson",
        headers={
            "Cache-Control": "no-store",
            "Content-Encoding": "identity",
            "X-Accel-Buffering": "no",
        },
    )


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        yield json.dumps(piece) + "\n"
