"""What has changed, in every registry or in one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from harborguard.access.roles import AuthenticatedRequest
from inventory import rows
from inventory.change_log import by_day
from inventory.forms import ChangesForm
from inventory.models import ImageEvent
from inventory.scan import LOOKED_AT
from inventory.views.place import row_before
from registries.models import Registry

EVENTS_A_PAGE = 50


def changes(request: AuthenticatedRequest) -> HttpResponse:
    form = ChangesForm(request.GET)
    log = form.log()
    context: dict[str, Any] = {"form": form, "looked_at": LOOKED_AT}
    if log is not None:
        after = row_before(request, ImageEvent.objects.all())
        found = log.page(after, EVENTS_A_PAGE)
        context |= {
            "days": list(by_day(rows.events_by_id(found.ids))),
            "more": found.after,
            "is_cut": found.is_cut,
            "is_first": after is None,
            "is_everything": not request.GET,
            "filters": form.cleaned_data,
            "place": log.repository.registry if log.repository else log.registry,
        }
    return render(request, "inventory/changes.html", context)


def registry_changes(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry.objects.only("pk"), pk=pk)
    return redirect(reverse("changes") + f"?registry={registry.pk}")
