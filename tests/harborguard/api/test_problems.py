from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.permissions import AllowAny
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from harborguard.api.refusals import Refusal, TooLarge


def answer_to(error: Exception) -> Response:
    """Return the API's answer to an exception."""

    class View(APIView):
        authentication_classes = ()
        permission_classes = (AllowAny,)
        throttle_classes = ()
        renderer_classes = (TemplateHTMLRenderer,)

        def get(self, request: Request) -> Response:
            raise error

    response: Response = View.as_view()(APIRequestFactory().get("/"))
    response.render()
    return response


def problem(error: Exception) -> dict[str, Any]:
    response = answer_to(error)
    assert response["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(response.content)
    assert told["status"] == response.status_code
    return told


def test_a_problem_has_the_members_of_rfc_9457_and_a_code() -> None:
    assert problem(exceptions.NotFound("There is no such run.")) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such run.",
        "code": "not_found",
    }


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.ParseError("?"), 400, "malformed_body"),
        (exceptions.NotAuthenticated(), 401, "unauthorized"),
        (exceptions.AuthenticationFailed("Invalid token."), 401, "unauthorized"),
        (PermissionDenied(), 403, "forbidden"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (Http404(), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (Refusal(409, "sync_in_progress", "It is on."), 409, "sync_in_progress"),
        (TooLarge(2048), 413, "too_large"),
        (exceptions.UnsupportedMediaType("text/plain"), 415, "unsupported_media_type"),
        (exceptions.Throttled(3), 429, "rate_limited"),
        (OperationalError("connection refused"), 503, "database_unavailable"),
    ],
)
def test_each_kind_of_error_has_its_status_and_code(
    error: Exception, status: int, code: str
) -> None:
    # A view without authentication has nothing to ask for, and answers 403 where it would 401.
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        status = 403

    told = problem(error)

    assert (told["status"], told["code"]) == (status, code)


def test_why_a_key_is_refused_is_not_told() -> None:
    known = problem(exceptions.AuthenticationFailed("This user is deactivated."))

    assert known == problem(exceptions.NotAuthenticated())


def test_a_wrong_field_is_named_by_its_path() -> None:
    detail: dict[str, Any] = {
        "name": ["This field is required."],
        "tagFilters": {"include": ["Too many."]},
        "rules": [{}, {"glob": ["Not a glob."]}],
        "secret": {"body": ["Not an object."]},
        "body": [],
    }

    assert problem(exceptions.ValidationError(detail))["errors"] == {
        "name": ["This field is required."],
        "tagFilters.include": ["Too many."],
        "rules.1.glob": ["Not a glob."],
        "secret": ["Not an object."],
    }


def test_of_very_many_wrong_fields_and_messages_the_first_are_told() -> None:
    many = exceptions.ValidationError({str(number): ["Not so."] for number in range(1000)})
    long = exceptions.ValidationError({"name": ["Not so."] * 1000})

    assert list(problem(many)["errors"]) == [str(number) for number in range(50)]
    assert problem(long)["errors"] == {"name": ["Not so."] * 50}


def test_a_complaint_of_a_model_names_the_field_as_the_api_does() -> None:
    error = DjangoValidationError({"expires_at": "It has passed.", "__all__": "One too many."})

    assert problem(error)["errors"] == {
        "expiresAt": ["It has passed."],
        "body": ["One too many."],
    }


def test_a_complaint_without_a_field_is_of_the_body() -> None:
    assert problem(DjangoValidationError("Not so."))["errors"] == {"body": ["Not so."]}
    assert problem(exceptions.ValidationError("Not so."))["errors"] == {"body": ["Not so."]}


def test_members_of_a_refusal_are_in_the_body() -> None:
    assert problem(Refusal(409, "sync_in_progress", "It is on.", runId=7))["runId"] == 7


def test_whoever_is_limited_is_told_when_to_go_on() -> None:
    assert answer_to(exceptions.Throttled(2.6))["Retry-After"] == "3"


def test_what_the_database_said_is_for_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    told = problem(OperationalError("connection to db.internal refused"))

    assert "db.internal" not in json.dumps(told)
    assert "db.internal" in caplog.text


def test_a_fault_is_no_problem_of_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        answer_to(ZeroDivisionError())
