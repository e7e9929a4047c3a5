"""Deleting a registry, removing its credentials, and ending trust in a token server."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from registries.forms.deletion_form import DeletionForm
from registries.models import Registry
from sync.models import SyncRun
from sync.services import connecting
from sync.services.deleting import delete_registry
from sync.views.post_only import post_only


def delete(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    form = DeletionForm(request.POST if request.method == "POST" else None, expected=registry.name)
    if not form.is_valid():
        runs = SyncRun.objects.filter(registry=registry).count()
        context = {"registry": registry, "form": form, "runs": runs}
        return render(request, "registries/delete.html", context)
    try:
        delete_registry(registry, by=Actor.of(request))
    except Registry.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"{registry.name} and all of its data have been deleted.")
    return redirect("registry-list")


@post_only
def remove_credential(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    connecting.change(registry.pk, by=Actor.of(request), login=None)
    messages.success(
        request, "The credentials have been removed. The registry is now read anonymously."
    )
    return redirect("registry-detail", pk)


@post_only
def remove_realm(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    realm = request.POST.get("realm", "")
    if _end_trust(pk, realm, by=Actor.of(request)):
        messages.success(request, f"{realm} is no longer a trusted token server.")
    return redirect("registry-detail", pk)


@transaction.atomic
def _end_trust(pk: int, realm: str, *, by: Actor) -> bool:
    """End trust under a lock, so that trust that someone else ends at the same time stays ended."""
    registry = get_object_or_404(Registry.objects.select_for_update(), pk=pk)
    kept = [trusted for trusted in registry.trusted_realms if trusted != realm]
    return bool(connecting.change(pk, by=by, trusted_realms=kept).fields)
