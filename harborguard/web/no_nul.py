"""An address with a NUL is refused before any page reads it: PostgreSQL takes none in a text."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]


def no_nul(get_response: Answer) -> Answer:
    """Forms refuse it themselves; filters and searches are read from the query as they come.
    The API refuses it by itself, with the parameter's name."""

    def answer(request: HttpRequest) -> HttpResponse:
        is_api = request.path_info.startswith("/api/")
        if not is_api and "\0" in unquote(request.META.get("QUERY_STRING", "")):
            raise BadRequest("The query holds a NUL.")
        return get_response(request)

    return answer
