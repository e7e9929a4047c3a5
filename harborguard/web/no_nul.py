"""Refuse URLs with a NUL before any page reads them: PostgreSQL stores none."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]


def no_nul(get_response: Answer) -> Answer:
    """Forms refuse it themselves; filters and searches are read from the query. The API refuses it
    itself, naming the parameter."""

    def answer(request: HttpRequest) -> HttpResponse:
        is_api = request.path_info.startswith("/api/")
        if not is_api and "\0" in unquote(request.META.get("QUERY_STRING", "")):
            raise BadRequest("The query contains a NUL character.")
        return get_response(request)

    return answer
