from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from harborguard.access.roles import AuthenticatedRequest
from inventory.models import ImageEvent, Repository
from registries.models import Registry

IMAGES_A_PAGE = 100
EVENTS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class History:
    """Some events, newest first; ``older`` is where the next page begins."""

    events: list[ImageEvent]
    older: int | None
    is_newest: bool


def repository_detail(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Tags that are there, in the order of their names, then those that are gone."""
    repository = get_object_or_404(Repository.objects.select_related("registry"), pk=pk)
    images = repository.images.order_by(F("removed_at").desc(nulls_first=True), "tag")
    events = ImageEvent.objects.filter(image__repository=repository)
    context = {
        "repository": repository,
        "registry": repository.registry,
        "page": Paginator(images, IMAGES_A_PAGE).get_page(request.GET.get("page")),
        "history": _history(request, events),
    }
    return render(request, "inventory/repository_detail.html", context)


def registry_changes(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    history = _history(request, ImageEvent.objects.filter(registry=registry))
    context = {"registry": registry, "history": history}
    return render(request, "inventory/registry_changes.html", context)


def _history(request: AuthenticatedRequest, events: QuerySet[ImageEvent]) -> History:
    """Read from a given event on, not by page number: nothing shifts while a sync writes."""
    before = request.GET.get("before", "")
    is_newest = not before.isdecimal() or len(before) > 18
    if not is_newest:
        events = events.filter(pk__lt=int(before))
    found = list(events.select_related("image__repository")[: EVENTS_A_PAGE + 1])
    shown = found[:EVENTS_A_PAGE]
    return History(shown, shown[-1].pk if len(found) > len(shown) else None, is_newest)
