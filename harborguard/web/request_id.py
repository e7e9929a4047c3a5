"""Request ids: in the response, in every log line and in the audit trail."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

Answer = Callable[[HttpRequest], HttpResponse]

HEADER = "X-Request-ID"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        own = _taken_from(request) or uuid.uuid4().hex
        request.request_id = own  # type: ignore[attr-defined]
        with bound_contextvars(request_id=own):
            response = get_response(request)
        response.headers[HEADER] = own
        return response

    return answer


def _taken_from(request: HttpRequest) -> str:
    """Return the id set by one of our proxies. Anybody else could forge log entries with it."""
    sent = request.headers.get(HEADER, "")
    return sent if settings.TRUSTED_PROXIES > 0 and _ACCEPTABLE.fullmatch(sent) else ""
