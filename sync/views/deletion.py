"""What cannot be taken back: a registry is deleted, its credential removed, a trust ended."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from registries.forms.deletion_form import DeletionForm
from registries.models import Registry
from sync import connecting
from sync.models import SyncRun
from sync.removal import delete_registry
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
    messages.success(request, f"{registry.name} is deleted, with everything known of it.")
    return redirect("registry-list")


@post_only
def remove_credential(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    connecting.change(registry.pk, by=Actor.of(request), login=None)
    messages.success(
        request, "The credential is removed: from now on the registry is read anonymously."
    )
    return redirect("registry-detail", pk)


@post_only
def remove_realm(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    realm = request.POST.get("realm", "")
    kept = [trusted for trusted in registry.trusted_realms if trusted != realm]
    if kept != registry.trusted_realms:
        connecting.change(registry.pk, by=Actor.of(request), trusted_realms=kept)
        messages.success(request, f"{realm} is no longer trusted with the credential.")
    return redirect("registry-detail", pk)
