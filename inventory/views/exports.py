"""Exports of the lists on the inventory pages."""

from __future__ import annotations

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from harborguard.access.roles import AuthenticatedRequest
from harborguard.export.answer import export
from inventory import export_rows as rows
from inventory.forms import ChangesForm, SearchForm, TagsForm
from inventory.models import Repository


def inventory_export(request: AuthenticatedRequest, form: str) -> HttpResponseBase:
    search = SearchForm(request.GET).search()
    if search is None:
        raise Http404
    if request.GET.get("show") == "repositories":
        found = rows.repository_rows(search)
        return export(request, "repositories", form, rows.REPOSITORY_COLUMNS, found)
    return export(request, "images", form, rows.IMAGE_COLUMNS, rows.image_rows(search.images))


def repository_export(request: AuthenticatedRequest, pk: int, form: str) -> HttpResponseBase:
    repository = get_object_or_404(Repository, pk=pk)
    tags = TagsForm(request.GET).tags(repository)
    name = f"tags-of-repository-{repository.pk}"
    return export(request, name, form, rows.IMAGE_COLUMNS, rows.image_rows(tags.page))


def changes_export(request: AuthenticatedRequest, form: str) -> HttpResponseBase:
    log = ChangesForm(request.GET).log()
    if log is None:
        raise Http404
    return export(request, "changes", form, rows.EVENT_COLUMNS, rows.event_rows(log.page))
