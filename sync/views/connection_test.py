"""Test Connection, and trusting the token server that a test has met (decisions 18 and 20)."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from harborguard.access.models import Role
from harborguard.access.roles import AuthenticatedRequest, requires_role
from registries import services
from registries.models import Registry
from registries.staged_test import run_staged_test


@require_POST
@requires_role(Role.DEVELOPER)
def test_connection(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    return _test(request, get_object_or_404(Registry, pk=pk))


@require_POST
@requires_role(Role.ADMIN)
def trust_and_test(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    try:
        services.trust_realm(registry, request.POST.get("realm", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("registry-detail", pk)
    return _test(request, registry)


def _test(request: AuthenticatedRequest, registry: Registry) -> HttpResponse:
    """The result alone for a script that asks for it, else a page of its own."""
    template = "_test_result" if "HX-Request" in request.headers else "connection_test"
    context = {"registry": registry, "results": run_staged_test(registry)}
    return render(request, f"registries/{template}.html", context)
