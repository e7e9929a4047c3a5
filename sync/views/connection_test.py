"""Test Connection, and trusting the token server that a test has met (decisions 18 and 20)."""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from registries import services
from registries.models import Registry
from registries.staged_test import run_staged_test
from sync.views.post_only import post_only

# A test waits for the registry in a thread of this process: most are left for the pages.
_SLOTS = BoundedSemaphore(2)


@post_only
def test_connection(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    return _in_a_slot(request, registry, lambda: {"results": run_staged_test(registry)})


@post_only
def trust_and_test(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    realm = request.POST.get("realm", "")
    return _in_a_slot(request, registry, lambda: _trust(registry, realm, Actor.of(request)))


def _trust(registry: Registry, realm: str, by: Actor) -> dict[str, Any]:
    """Only what the registry asks for at this moment: no form can name another place."""
    results = run_staged_test(registry)
    if not realm or realm not in {result.untrusted_realm for result in results}:
        refusal = "Nothing was trusted: the registry does not ask for that token server now."
        return {"results": results, "refusal": refusal}
    services.trust_realm(registry, realm, by=by)
    return {"results": run_staged_test(registry)}


def _in_a_slot(
    request: AuthenticatedRequest, registry: Registry, test: Callable[[], dict[str, Any]]
) -> HttpResponse:
    if not _SLOTS.acquire(blocking=False):
        refusal = "Other connection tests are under way. Try again in a moment."
        return _answer(request, registry, {"refusal": refusal})
    try:
        return _answer(request, registry, test())
    finally:
        _SLOTS.release()


def _answer(
    request: AuthenticatedRequest, registry: Registry, outcome: dict[str, Any]
) -> HttpResponse:
    """The result alone for a script that asks for it, else a page of its own."""
    template = "_test_result" if "HX-Request" in request.headers else "connection_test"
    return render(request, f"registries/{template}.html", {"registry": registry, **outcome})
