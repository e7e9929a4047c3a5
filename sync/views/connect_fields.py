"""The fields that a product asks for, while its address is typed. Nothing is asked or saved."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from harborguard.access.roles import AuthenticatedRequest
from registries.forms.change_form import ChangeForm
from registries.forms.connect_form import ConnectForm
from registries.models import Registry
from registries.providers import PROVIDERS
from sync.views.connection_page import Form, page


@sensitive_post_parameters()
def show_fields(request: AuthenticatedRequest, pk: int | None = None) -> HttpResponse:
    """By POST, since somebody may type a login into the address."""
    if request.method != "POST":
        return redirect("registry-connect") if pk is None else redirect("registry-edit", pk)
    form = _form(request, pk)
    if "HX-Request" not in request.headers:
        return page(request, form)
    shown = PROVIDERS.get(request.POST.get("asked_for", ""))
    context = {
        "form": form,
        "is_other_product": form.product is not shown,
        "is_other_secret": shown is None or form.product.secret_has_lines != shown.secret_has_lines,
    }
    return render(request, "registries/_product_pieces.html", context)


def _form(request: AuthenticatedRequest, pk: int | None) -> Form:
    if pk is None:
        return ConnectForm.as_typed(request.POST)
    return ChangeForm.as_typed(request.POST, instance=get_object_or_404(Registry, pk=pk))
