"""The last word on a request that failed outside a view: a problem under /api/, else a page."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase
from django.views import defaults

from harborguard.api.problems import problem_page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return problem_page(request, 413, "too_large", "The body is too large.")
    return problem_page(request, 400, "bad_request", str(exception) or "This cannot be understood.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return problem_page(request, 403, "forbidden", str(exception) or "You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.page_not_found(request, exception)
    return problem_page(request, 404, "not_found", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.server_error(request)
    return problem_page(
        request, 500, "internal_error", "A fault in HarborGuard; its log has the trace."
    )


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
