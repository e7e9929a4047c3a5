"""What starts a run from a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from registries.models import Registry
from sync.models import Trigger
from sync.runs.lifecycle import SyncInProgress
from sync.services import confirming
from sync.services.confirming import NothingHeld, NotSeen, Seen
from sync.services.starting import start_sync
from sync.views.post_only import post_only


@post_only
def sync_now(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    by = Actor.of(request)
    return _start(request, pk, lambda: start_sync(pk, Trigger.MANUAL, by=by))


@post_only
def confirm_removals(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Of what the page has shown, and of nothing that came to it since."""
    by = Actor.of(request)
    try:
        seen = Seen.parse(request.POST.get("seen", ""))
    except ValueError:
        seen = Seen(0, datetime.min.replace(tzinfo=UTC))
    return _start(request, pk, lambda: confirming.confirm_removals(pk, by=by, seen=seen))


def _start(request: AuthenticatedRequest, pk: int, start: Callable[[], object]) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    try:
        start()
    except (SyncInProgress, NothingHeld, NotSeen) as refusal:
        messages.warning(request, f"{refusal}.")
    else:
        messages.success(request, f"A sync of {registry.name} has been queued.")
    return redirect("registry-detail", pk)
