"""Errors of the API: problem details (RFC 9457) with a stable ``code``.

``errors`` names each wrong field, nested ones by path: ``{"tagFilters.include": ["..."]}``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from harborguard.api.naming import camel
from harborguard.api.refusals import Refusal

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
# Limits on fields and on messages per field: ten thousand wrong values make no longer error.
_MOST_TOLD = 50
_LONGEST_DETAIL = 1000
# One answer for every way of being unauthenticated: details would only help attackers.
UNAUTHORIZED = "Sign in, or send a valid API key: “Authorization: Bearer hg_…”."


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler. Returns None for unknown exceptions, which become a
    500."""
    known = _translated(error)
    if known is None:
        return None
    set_rollback()
    request = context["request"]
    # JSON also for views that render pages, and whatever the caller accepts.
    request.accepted_renderer, request.accepted_media_type = JSONRenderer(), CONTENT_TYPE
    body = _body(known, getattr(request, "request_id", ""))
    return Response(
        body, status=known.status_code, headers=_headers(known), content_type=CONTENT_TYPE
    )


def problem_page(
    request: HttpRequest, status: int, code: str, detail: str, **members: Any
) -> JsonResponse:
    """Return a problem from outside REST framework's views."""
    body = {**basics(status, code, detail, getattr(request, "request_id", "")), **members}
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


def basics(status: int, code: str, detail: str, request_id: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **({"requestId": request_id} if request_id else {}),
    }


class ProblemSerializer(serializers.Serializer[Any]):
    """The schema of every error."""

    type = serializers.CharField(help_text="Always `about:blank`: see `code`.")
    title = serializers.CharField(help_text="The HTTP status as text.")
    status = serializers.IntegerField(help_text="The HTTP status code.")
    detail = serializers.CharField(help_text="What happened, for people.")
    code = serializers.CharField(help_text="A stable code, for scripts.")
    requestId = serializers.CharField(  # noqa: N815  a member of the body
        required=False, help_text="The request id, also in the log and in `X-Request-ID`."
    )
    errors = serializers.DictField(  # type: ignore[assignment]  # a field, not the property
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="The errors of each field, by path.",
    )
    requiredRole = serializers.CharField(  # noqa: N815  a member of the body
        required=False,
        help_text="With `forbidden`: the lowest role allowed, if the role is the reason.",
    )
    runId = serializers.IntegerField(  # noqa: N815  a member of the body
        required=False, help_text="With `sync_in_progress`: the run in progress."
    )
    dryRunId = serializers.IntegerField(  # noqa: N815  a member of the body
        required=False, help_text="With `dry_run_in_progress`: the dry run in progress."
    )


def _translated(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, DjangoValidationError):
        return exceptions.ValidationError(_by_field(error))
    if isinstance(error, OperationalError):
        logger.error("The database did not answer: %s", error)
        return Refusal(
            503, "database_unavailable", "The database is unavailable. Try again in a moment."
        )
    return None


def _by_field(error: DjangoValidationError) -> dict[str, list[str]]:
    if not hasattr(error, "error_dict"):
        return {str(api_settings.NON_FIELD_ERRORS_KEY): error.messages}
    return {
        api_settings.NON_FIELD_ERRORS_KEY if field == "__all__" else camel(field): messages
        for field, messages in error.message_dict.items()
    }


def _body(error: exceptions.APIException, request_id: str) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        errors = dict(islice(_flat(error.detail), _MOST_TOLD))
        detail = "; ".join(f"{field}: {' '.join(messages)}" for field, messages in errors.items())
        problem = basics(400, "validation_failed", detail[:_LONGEST_DETAIL], request_id)
        return {**problem, "errors": errors}
    code, detail = _told(error)
    members = error.members if isinstance(error, Refusal) else {}
    return {**basics(error.status_code, code, detail, request_id), **members}


def _told(error: exceptions.APIException) -> tuple[str, str]:
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return "unauthorized", UNAUTHORIZED
    if isinstance(error, exceptions.Throttled):
        return "rate_limited", "Too many requests of this kind. Retry-After says when to retry."
    if isinstance(error, exceptions.UnsupportedMediaType):
        return error.default_code, "Send JSON with the header “Content-Type: application/json”."
    code = error.get_codes()
    names = {"parse_error": "malformed_body", "permission_denied": "forbidden"}
    return names.get(str(code), str(code)), str(error.detail)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if authenticate := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    return headers


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield nested details of a ValidationError as pairs of a path and messages."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, _inside(path, str(name)))
    elif isinstance(detail, list) and any(isinstance(item, dict) for item in detail):
        for number, inner in enumerate(detail):
            yield from _flat(inner, f"{path}.{number}")
    else:
        details = detail if isinstance(detail, list) else [detail]
        if details:
            messages = [_encodable(item) for item in details[:_MOST_TOLD]]
            yield path or str(api_settings.NON_FIELD_ERRORS_KEY), messages


def _inside(path: str, name: str) -> str:
    """Return the path: errors of a field as a whole have its own."""
    if path and name == api_settings.NON_FIELD_ERRORS_KEY:
        return path
    return f"{path}.{name}" if path else name


def _encodable(message: Any) -> str:
    """Return text that can be encoded: a message may quote half of a surrogate pair."""
    return str(message).encode("utf-8", "replace").decode()
