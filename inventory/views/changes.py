"""The page of changes, in all registries or in one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from harborguard.access.roles import AuthenticatedRequest
from harborguard.web.keyset import row_after
from inventory import rows
from inventory.change_log import by_day
from inventory.forms import ChangesForm
from inventory.models import ImageEvent
from inventory.scan import SCAN_LIMIT
from registries.models import Registry

EVENTS_PER_PAGE = 50


def changes(request: AuthenticatedRequest) -> HttpResponse:
    form = ChangesForm(request.GET)
    log = form.log()
    context: dict[str, Any] = {"form": form, "scan_limit": SCAN_LIMIT}
    if log is not None:
        after = row_after(request, ImageEvent.objects.all())
        found = log.page(after, EVENTS_PER_PAGE)
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
