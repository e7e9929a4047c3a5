"""The response to an export request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header

from harborguard.export.csv_lines import csv_lines
from harborguard.export.json_array import json_array
from harborguard.export.stream import Stream
from harborguard.web.slots import EXPORTS, Busy

_TYPES = {"csv": "text/csv; charset=utf-8; header=present", "json": "application/json"}
_RETRY_AFTER = 30


def export(
    request: HttpRequest,
    name: str,
    form: str,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
) -> HttpResponseBase:
    """Return the response. ``form`` is "csv" or "json"; rows are read while they are sent."""
    try:
        slot = EXPORTS.take()
    except Busy:
        return _busy(request)
    pieces: Iterator[str] = csv_lines(columns, rows) if form == "csv" else json_array(rows)
    response = StreamingHttpResponse(Stream(pieces, slot), content_type=_TYPES[form])
    file = f"harborguard-{name}-{timezone.now():%Y-%m-%d}.{form}"
    response["Content-Disposition"] = content_disposition_header(True, file) or ""
    return response


def _busy(request: HttpRequest) -> HttpResponse:
    response = render(request, "export_busy.html", {"seconds": _RETRY_AFTER}, status=503)
    response["Retry-After"] = str(_RETRY_AFTER)
    return response
