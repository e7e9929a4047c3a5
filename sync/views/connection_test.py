"""Test Connection, and trusting the token server that a test has met (decisions 18 and 20)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from registries import testing
from registries.models import Registry
from sync.views.post_only import post_only

_NOT_ASKED_FOR = "Nothing was trusted: the registry does not ask for that token server now."


@post_only
def test_connection(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    try:
        results = testing.run_test(registry, by=Actor.of(request))
    except testing.Busy as busy:
        return _answer(request, registry, {"refusal": busy})
    return _answer(request, registry, {"results": results})


@post_only
def trust_and_test(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    realm = request.POST.get("realm", "")
    try:
        trusted, results = testing.trust_and_test(registry, realm, by=Actor.of(request))
    except testing.Busy as busy:
        return _answer(request, registry, {"refusal": busy})
    except ValidationError as error:
        return _answer(request, registry, {"refusal": " ".join(error.messages)})
    refusal = "" if trusted else _NOT_ASKED_FOR
    return _answer(request, registry, {"results": results, "refusal": refusal})


def _answer(
    request: AuthenticatedRequest, registry: Registry, outcome: dict[str, Any]
) -> HttpResponse:
    """The result alone for a script that asks for it, else a page of its own."""
    template = "_test_result" if "HX-Request" in request.headers else "connection_test"
    return render(request, f"registries/{template}.html", {"registry": registry, **outcome})
