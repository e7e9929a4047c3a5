"""Connecting a registry, changing the connection, and deleting it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from harborguard.access.actor import Actor
from harborguard.access.roles import AuthenticatedRequest
from registries.forms import ChangeForm, ConnectForm
from registries.models import Registry
from registries.services import Change
from sync import connecting
from sync.removal import delete_registry


@sensitive_post_parameters("password")
def connect(request: AuthenticatedRequest) -> HttpResponse:
    form = ConnectForm(request.POST or None)
    registry = _connect(form, Actor.of(request)) if form.is_valid() else None
    if registry is None:
        return render(request, "registries/connect.html", {"form": form})
    messages.success(request, f"{registry.name} is connected; its first sync has been queued.")
    return redirect("registry-detail", registry.pk)


@sensitive_post_parameters("password")
def edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    name = registry.name
    form = ChangeForm(request.POST or None, instance=registry)
    change = _change(form, Actor.of(request)) if form.is_valid() else None
    if change is None:
        context = {"form": form, "registry": registry, "name": name}
        return render(request, "registries/edit.html", context)
    return _tell(request, form, change)


def delete(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    if request.method == "GET":
        return render(request, "registries/delete.html", {"registry": registry})
    try:
        delete_registry(registry, by=Actor.of(request))
    except Registry.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"{registry.name} is deleted, with everything known of it.")
    return redirect("registry-list")


def _connect(form: ConnectForm, by: Actor) -> Registry | None:
    """The new connection, or None with the reasons in the form's errors."""
    try:
        registry, _ = connecting.connect(login=form.login, by=by, **form.values)
    except ValidationError as error:
        form.add_error(None, error)
        return None
    return registry


def _change(form: ChangeForm, by: Actor) -> Change | None:
    """What was changed, or None with the reasons in the form's errors."""
    try:
        return connecting.change(form.instance.pk, by=by, login=form.login_change, **form.values)
    except ValidationError as error:
        form.add_error(None, error)
        return None


def _tell(request: AuthenticatedRequest, form: ChangeForm, change: Change) -> HttpResponse:
    registry = form.instance
    if change.dropped_credential and not form.touches_credential:
        messages.warning(
            request,
            "Saved. The connection goes to another place now, so the stored credential was "
            "removed: enter it again, or leave it empty to sync anonymously.",
        )
        return redirect("registry-edit", registry.pk)
    if form.touches_credential or change.fields:
        messages.success(request, "Saved. Test the connection before the next sync.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect("registry-detail", registry.pk)
