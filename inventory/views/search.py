"""The inventory page: search by repository, tag or digest."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from harborguard.access.roles import AuthenticatedRequest
from harborguard.web.keyset import row_after
from inventory import rows
from inventory.forms import SearchForm
from inventory.models import Image, Repository
from inventory.scan import SCAN_LIMIT
from inventory.search import Search

ROWS_PER_PAGE = 50
_REPOSITORIES_SHOWN = 5


def inventory(request: AuthenticatedRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    search = form.search()
    context: dict[str, Any] = {"form": form, "scan_limit": SCAN_LIMIT}
    if search is not None:
        context["unknown_host"] = search.unknown_host
        context |= _found(request, search, request.GET.get("show", ""))
    response = render(request, "inventory/search.html", context)
    response["HX-Replace-Url"] = _url(request)
    return response


def _found(request: AuthenticatedRequest, search: Search, show: str) -> dict[str, Any]:
    """Return a few repositories and the images, or pages of one of them."""
    is_empty = not (search.terms or search.kind)
    if show == "repositories" or (is_empty and show != "images"):
        return _repositories(request, search, ROWS_PER_PAGE)
    if show == "images" or search.kind:
        return _images(request, search)
    return _repositories(request, search, _REPOSITORIES_SHOWN) | _images(request, search)


def _repositories(request: AuthenticatedRequest, search: Search, size: int) -> dict[str, Any]:
    after = row_after(request, Repository.objects.all()) if size == ROWS_PER_PAGE else None
    found = search.repositories(after, size)
    shown = found[:size]
    return {
        "repositories": shown,
        "more_repositories": shown[-1].pk if len(found) > size else None,
        "is_glance": size < ROWS_PER_PAGE,
        "terms": search.terms,
        "is_first": after is None,
    }


def _images(request: AuthenticatedRequest, search: Search) -> dict[str, Any]:
    after = row_after(request, Image.objects.all())
    found = search.images(after, ROWS_PER_PAGE)
    return {
        "images": rows.images_by_id(found.ids),
        "more_images": found.after,
        "is_cut": found.is_cut,
        "terms": search.terms,
        "is_first": after is None,
    }


def _url(request: AuthenticatedRequest) -> str:
    """Return the URL without empty fields."""
    query = request.GET.copy()
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return reverse("inventory") + (f"?{query.urlencode()}" if query else "")
