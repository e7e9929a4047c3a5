"""Editing a registry's filters, known repositories and schedule."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from registries.forms.settings_form import SettingsForm
from registries.models import Registry
from registries.services import Change
from sync.services import connecting


def connection_settings(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    if request.method == "POST":
        form, change = _save(request, pk)
    else:
        form, change = SettingsForm(instance=get_object_or_404(Registry, pk=pk)), None
    registry = form.instance
    if change is None:
        context = {"registry": registry, "form": form}
        return render(request, "registries/settings.html", context)
    if change.fields:
        messages.success(request, "Saved. The next sync uses the new settings.")
    else:
        messages.info(request, "No changes to save.")
    return redirect("registry-detail", pk)


@transaction.atomic
def _save(request: AuthenticatedRequest, pk: int) -> tuple[SettingsForm, Change | None]:
    """Save under a lock, so that nobody changes the stored settings in between."""
    registry = get_object_or_404(Registry.objects.select_for_update(), pk=pk)
    form = SettingsForm(request.POST, instance=registry)
    return form, _change(form, Actor.of(request)) if form.is_valid() else None


def _change(form: SettingsForm, by: Actor) -> Change | None:
    """Return what changed, or None with the reasons in the form's errors."""
    try:
        return connecting.change(form.instance.pk, by=by, **form.values)
    except ValidationError as error:
        form.add_error(None, error)
        return None
