"""Connecting a registry and editing its connection."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.debug import sensitive_post_parameters

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from registries.forms.change_form import ChangeForm
from registries.forms.connect_form import ConnectForm
from registries.models import Registry
from registries.services import Change
from sync.services import connecting
from sync.views.connection_form import form_page


@sensitive_post_parameters("password", "url")
def connect(request: AuthenticatedRequest) -> HttpResponse:
    form = ConnectForm(request.POST or None)
    registry = _connect(form, Actor.of(request)) if form.is_valid() else None
    if registry is None:
        return form_page(request, form)
    messages.success(request, f"{registry.name} is connected. Its first sync has been queued.")
    return redirect("registry-detail", registry.pk)


@sensitive_post_parameters("password", "url")
def edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return form_page(request, ChangeForm(instance=get_object_or_404(Registry, pk=pk)))
    form, change = _save(request, pk)
    if change is None:
        return form_page(request, form)
    return _respond(request, form, change)


def _connect(form: ConnectForm, by: Actor) -> Registry | None:
    """Return the new registry, or None with the reasons in the form's errors."""
    try:
        registry, _ = connecting.connect(login=form.login, by=by, **form.values)
    except ValidationError as error:
        form.add_error(None, error)
        return None
    return registry


@transaction.atomic
def _save(request: AuthenticatedRequest, pk: int) -> tuple[ChangeForm, Change | None]:
    """Save under a lock, so that trust that someone else ends at the same time stays ended."""
    registry = get_object_or_404(Registry.objects.select_for_update(), pk=pk)
    form = ChangeForm(request.POST, instance=registry)
    return form, _change(form, Actor.of(request)) if form.is_valid() else None


def _change(form: ChangeForm, by: Actor) -> Change | None:
    """Return what changed, or None with the reasons in the form's errors."""
    try:
        with transaction.atomic():
            pk = form.instance.pk
            change = connecting.change(pk, by=by, login=form.login_change, **form.values)
            _trust(form, by)
    except ValidationError as error:
        form.add_error(None, error)
        return None
    return change


def _trust(form: ChangeForm, by: Actor) -> None:
    """Trust the token servers checked on the form.

    Changing where the connection leads clears the trusted servers of the old place; those checked
    on the form belong to the new one.
    """
    trusted = Registry.objects.values_list("trusted_realms", flat=True).get(pk=form.instance.pk)
    ticked = form.cleaned_data["trust"]
    if not set(ticked) <= set(trusted):
        connecting.change(form.instance.pk, by=by, trusted_realms=[*trusted, *ticked])


def _respond(request: AuthenticatedRequest, form: ChangeForm, change: Change) -> HttpResponse:
    registry = form.instance
    if change.dropped_credential and not form.touches_credential:
        messages.warning(
            request,
            "Saved. The connection now leads to a different registry, so the stored credentials "
            "were removed. Enter credentials again, or leave them empty to sync anonymously.",
        )
        return redirect("registry-edit", registry.pk)
    if form.touches_credential or change.fields:
        messages.success(request, "Saved. Test the connection before the next sync.")
    else:
        messages.info(request, "No changes to save.")
    return redirect("registry-detail", registry.pk)
