"""Log one line per request. No query, as it may contain secrets, and no URL that is itself
secret."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import LazyObject

from harborguard.access.address import client_address
from harborguard.web.secret_paths import shown

Answer = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger("harborguard.request")

# Frequent probes are only logged at a lower level.
_ASKED_BY_MACHINES = frozenset({"healthz", "readyz", "metrics"})


def request_log(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = get_response(request)
        _write(request, response, seconds=time.monotonic() - began)
        return response

    return answer


def _write(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    route = request.resolver_match.view_name if request.resolver_match else None
    milliseconds = round(seconds * 1000)
    path = shown(request.path)
    logger.log(
        logging.DEBUG if route in _ASKED_BY_MACHINES else logging.INFO,
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
