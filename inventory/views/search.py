"""Images of all registries, by repository, tag or digest."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from harborguard.access.roles import AuthenticatedRequest
from inventory import rows
from inventory.forms import SearchForm
from inventory.models import Image, Repository
from inventory.scan import LOOKED_AT
from inventory.search import Search
from inventory.views.place import row_before

ROWS_A_PAGE = 50
_AT_A_GLANCE = 5


def inventory(request: AuthenticatedRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    search = form.search()
    context: dict[str, Any] = {"form": form, "looked_at": LOOKED_AT}
    if search is not None:
        context["unknown_host"] = search.unknown_host
        context |= _found(request, search, request.GET.get("show", ""))
    response = render(request, "inventory/search.html", context)
    response["HX-Replace-Url"] = _address(request)
    return response


def _found(request: AuthenticatedRequest, search: Search, show: str) -> dict[str, Any]:
    """Both at a glance, or one of them page by page."""
    asks_nothing = not (search.terms or search.kind)
    if show == "repositories" or (asks_nothing and show != "images"):
        return _repositories(request, search, ROWS_A_PAGE)
    if show == "images" or search.kind:
        return _images(request, search)
    return _repositories(request, search, _AT_A_GLANCE) | _images(request, search)


def _repositories(request: AuthenticatedRequest, search: Search, size: int) -> dict[str, Any]:
    after = row_before(request, Repository.objects.all()) if size == ROWS_A_PAGE else None
    found = search.repositories(after, size)
    shown = found[:size]
    return {
        "repositories": shown,
        "more_repositories": shown[-1].pk if len(found) > size else None,
        "is_glance": size < ROWS_A_PAGE,
        "terms": search.terms,
        "is_first": after is None,
    }


def _images(request: AuthenticatedRequest, search: Search) -> dict[str, Any]:
    after = row_before(request, Image.objects.all())
    found = search.images(after, ROWS_A_PAGE)
    return {
        "images": rows.images_by_id(found.ids),
        "more_images": found.after,
        "is_cut": found.is_cut,
        "terms": search.terms,
        "is_first": after is None,
    }


def _address(request: AuthenticatedRequest) -> str:
    """Without the fields that were left empty."""
    asked = request.GET.copy()
    for name in [name for name, value in asked.items() if not value]:
        del asked[name]
    return reverse("inventory") + (f"?{asked.urlencode()}" if asked else "")
