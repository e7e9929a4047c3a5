"""Middleware: request ids, the request log, no caching of pages, no NUL in URLs."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.functional import LazyObject
from structlog.contextvars import bound_contextvars

from harborguard.access.address import client_address
from harborguard.web.secret_paths import shown

Answer = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger("harborguard.request")

HEADER = "X-Request-ID"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Logged at a lower level only, as they are frequent.
_PROBES = frozenset({"healthz", "readyz", "metrics"})


def request_id(get_response: Answer) -> Answer:
    """Name each request: in the response, in every log line and in the audit trail."""

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


def request_log(get_response: Answer) -> Answer:
    """Log one line per request: no query, as it may contain secrets, and no URL that is itself
    secret."""

    def answer(request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = get_response(request)
        _log(request, response, seconds=time.monotonic() - began)
        return response

    return answer


def _log(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    route = request.resolver_match.view_name if request.resolver_match else None
    milliseconds = round(seconds * 1000)
    path = shown(request.path)
    logger.log(
        logging.DEBUG if route in _PROBES else logging.INFO,
        "%s %s %s in %s ms",
        *(request.method, path, response.status_code, milliseconds),
        extra={
            "method": request.method,
            "path": path,
            "status": response.status_code,
            "milliseconds": milliseconds,
            "user_id": _user_id(request),
            "key_id": getattr(getattr(request, "auth", None), "pk", None),
            "address": client_address(request),
        },
    )


def _user_id(request: HttpRequest) -> int | None:
    """Return the user's id if it is already known: a log line is not worth a query."""
    user = getattr(request, "_cached_user", None) or getattr(request, "user", None)
    return None if isinstance(user, LazyObject) else getattr(user, "pk", None)


def private_pages(get_response: Answer) -> Answer:
    """Keep pages out of browser and proxy caches: they show what the current user may see.

    Static files are served before this.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return answer


def no_nul(get_response: Answer) -> Answer:
    """Refuse URLs with a NUL before any page reads them: PostgreSQL stores none.

    Forms refuse it themselves; filters and searches are read from the query. The API refuses it
    itself, naming the parameter.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        is_api = request.path_info.startswith("/api/")
        if not is_api and "\0" in unquote(request.META.get("QUERY_STRING", "")):
            raise BadRequest("The query contains a NUL character.")
        return get_response(request)

    return answer
