"""The form for connecting a registry and for editing its connection."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from harborguard.access.roles import AuthenticatedRequest
from registries.forms.change_form import ChangeForm
from registries.forms.connect_form import ConnectForm
from registries.models import Registry
from registries.providers import PROVIDERS

Form = ConnectForm | ChangeForm


def form_page(request: AuthenticatedRequest, form: Form, **outcome: Any) -> HttpResponse:
    form.point_at_what_is_wrong()
    template = "edit" if isinstance(form, ChangeForm) else "connect"
    return render(request, f"registries/{template}.html", form_context(form) | outcome)


def form_context(form: Form) -> dict[str, Any]:
    if isinstance(form, ConnectForm):
        return {"form": form, "actions": _actions("registry-connect")}
    # The form's own instance holds the submitted values; the page names the stored registry.
    registry = Registry.objects.get(pk=form.instance.pk)
    return {
        "form": form,
        "registry": registry,
        "name": registry.name,
        "actions": _actions("registry-edit", registry.pk),
    }


@sensitive_post_parameters()
def show_fields(request: AuthenticatedRequest, pk: int | None = None) -> HttpResponse:
    """Render the fields of the product that the typed URL belongs to, without saving anything.

    POST only, since the URL may contain credentials.
    """
    if request.method != "POST":
        return redirect("registry-connect") if pk is None else redirect("registry-edit", pk)
    form = _typed_form(request, pk)
    if "HX-Request" not in request.headers:
        return form_page(request, form)
    current = PROVIDERS.get(request.POST.get("asked_for", ""))
    context = {
        "form": form,
        "is_other_product": form.product is not current,
        "is_other_secret": (
            current is None or form.product.secret_has_lines != current.secret_has_lines
        ),
    }
    return render(request, "registries/_product_pieces.html", context)


def _typed_form(request: AuthenticatedRequest, pk: int | None) -> Form:
    if pk is None:
        return ConnectForm.as_typed(request.POST)
    return ChangeForm.as_typed(request.POST, instance=get_object_or_404(Registry, pk=pk))


def _actions(name: str, *args: int) -> dict[str, str]:
    return {
        action: reverse(f"{name}-{action}", args=args) for action in ("fields", "test", "preview")
    }
