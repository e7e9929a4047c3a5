"""Errors outside a view: a problem under /api/, otherwise a page.

The pages for server errors and bad requests use neither the database nor the session, which may be
what failed.
"""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader
from django.views import defaults

from harborguard.api.problems import problem_page
from harborguard.web.theme import theme_of


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return _page(request, "400.html", 400)
    if isinstance(exception, RequestDataTooBig):
        return problem_page(request, 413, "too_large", "The body is too large.")
    return problem_page(request, 400, "bad_request", str(exception) or "The request is malformed.")


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return a page only: REST framework checks the API's token itself. The reason is logged."""
    return _page(request, "403_csrf.html", 403)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return problem_page(
        request, 403, "forbidden", str(exception) or "You don't have permission to do this."
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.page_not_found(request, exception)
    return problem_page(request, 404, "not_found", "Nothing is at this URL.")


def server_error(request: HttpRequest) -> HttpResponseBase:
    if not _is_api(request):
        return _page(request, "500.html", 500)
    return problem_page(
        request, 500, "internal_error", "An internal error occurred. The log has the traceback."
    )


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    context = {"request_id": getattr(request, "request_id", ""), "theme": theme_of(request)}
    return HttpResponse(loader.get_template(template).render(context), status=status)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
