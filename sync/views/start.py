"""What starts a run from a page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from registries.models import Registry
from sync import tasks
from sync.lifecycle import SyncInProgress
from sync.models import Trigger
from sync.views.post_only import post_only


@post_only
def sync_now(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    return _start(request, pk, Trigger.MANUAL)


@post_only
def confirm_removals(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    return _start(request, pk, Trigger.CONFIRM, confirms_removals=True)


def _start(
    request: AuthenticatedRequest, pk: int, trigger: Trigger, *, confirms_removals: bool = False
) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    try:
        tasks.start_sync(pk, trigger, by=Actor.of(request), confirms_removals=confirms_removals)
    except SyncInProgress as refusal:
        messages.warning(request, f"{refusal}.")
    else:
        messages.success(request, f"A sync of {registry.name} has been queued.")
    return redirect("registry-detail", pk)
