from __future__ import annotations

from typing import Any

import pytest
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from harborguard.api.views import Resource


class Things(Resource):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    query_parameters = ("url",)

    def get(self, request: Request) -> Response:
        return Response({"url": request.query_params.get("url")})


class ListedThings(Things):
    is_list = True
    orderings = {"name": "name"}  # noqa: RUF012
    filter_backends = ()


def errors_of(query: str, view: type[Resource] = Things) -> Any:
    answer = view.as_view()(APIRequestFactory().get(f"/?{query}"))
    assert answer.status_code == (400 if answer.data.get("errors") else 200)
    return answer.data.get("errors", {})


def test_a_known_parameter_is_taken() -> None:
    assert errors_of("url=https://a.example") == {}


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("colour=red", {"colour": ["Unknown parameter."]}),
        ("URL=x", {"URL": ["Unknown parameter."]}),
        ("format=json", {"format": ["Unknown parameter."]}),
        ("url=x&url=x", {"url": ["Give it only once."]}),
        ("url=", {"url": ["Give it a value, or leave it out."]}),
        ("url=a%00b", {"url": ["It contains a NUL character."]}),
        ("%00=1", {r"\x00": ["Unknown parameter."]}),
        ("page=1", {"page": ["Unknown parameter."]}),
    ],
)
def test_another_is_refused_by_its_name(query: str, errors: dict[str, list[str]]) -> None:
    assert errors_of(query) == errors


def test_a_list_has_its_order_and_its_pages() -> None:
    for query in ("ordering=name", "page=1", "pageSize=10", "url=x"):
        assert errors_of(query, ListedThings) == {}


def test_no_method_is_offered_that_is_not_answered() -> None:
    answer = Things.as_view()(APIRequestFactory().options("/"))

    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
