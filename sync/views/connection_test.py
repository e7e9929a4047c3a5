"""Test Connection for a saved registry, and trusting the token server that a test has found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from harborguard.web.slots import Busy
from registries.connection_test import runner
from registries.connection_test.stages import StageResult
from registries.models import Registry
from sync.views import streaming
from sync.views.post_only import post_only

_NO_LONGER_NAMED = "Nothing was trusted: the registry no longer uses this token server."


@post_only
def test_connection(request: AuthenticatedRequest, pk: int) -> HttpResponseBase:
    registry = get_object_or_404(Registry, pk=pk)
    try:
        results = runner.run_test(registry, by=Actor.of(request))
    except Busy as busy:
        return _refused(request, registry, str(busy))
    return _answer(request, registry, results)


@post_only
def trust_and_test(request: AuthenticatedRequest, pk: int) -> HttpResponseBase:
    registry = get_object_or_404(Registry, pk=pk)
    realm = request.POST.get("realm", "")
    try:
        trusted, results = runner.trust_and_test(registry, realm, by=Actor.of(request))
    except Busy as busy:
        return _refused(request, registry, str(busy))
    except ValidationError as error:
        return _refused(request, registry, " ".join(error.messages))
    return _answer(request, registry, results, refusal="" if trusted else _NO_LONGER_NAMED)


def _answer(
    request: AuthenticatedRequest,
    registry: Registry,
    results: Iterator[StageResult],
    refusal: str = "",
) -> HttpResponseBase:
    context = {"registry": registry, "refusal": refusal}
    if streaming.wants_stream(request):
        return streaming.stream(streaming.stage_pieces(request, results, context))
    return _page(request, context | streaming.test_context(list(results)))


def _refused(request: AuthenticatedRequest, registry: Registry, refusal: str) -> HttpResponseBase:
    context = {"registry": registry, "refusal": refusal}
    if streaming.wants_stream(request):
        piece = render_to_string("registries/_test_piece.html", context, request)
        return streaming.stream([piece])
    return _page(request, context)


def _page(request: AuthenticatedRequest, context: dict[str, Any]) -> HttpResponseBase:
    return render(request, "registries/connection_test.html", context)
