"""The page on which a connection is typed: a new one, or one that is changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from harborguard.access.roles import AuthenticatedRequest
from registries.forms.change_form import ChangeForm
from registries.forms.connect_form import ConnectForm
from registries.models import Registry

Form = ConnectForm | ChangeForm


def page(request: AuthenticatedRequest, form: Form, **outcome: Any) -> HttpResponse:
    form.point_at_what_is_wrong()
    template = "edit" if isinstance(form, ChangeForm) else "connect"
    return render(request, f"registries/{template}.html", context_of(form) | outcome)


def context_of(form: Form) -> dict[str, Any]:
    if isinstance(form, ConnectForm):
        return {"form": form, "actions": _actions("registry-connect")}
    # As it is stored: the form's own has what was typed.
    registry = Registry.objects.get(pk=form.instance.pk)
    return {
        "form": form,
        "registry": registry,
        "name": registry.name,
        "actions": _actions("registry-edit", registry.pk),
    }


def _actions(name: str, *args: int) -> dict[str, str]:
    return {what: reverse(f"{name}-{what}", args=args) for what in ("fields", "test", "preview")}
