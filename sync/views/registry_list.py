"""All connections: found by what is asked for, and how each has done lately."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import replace_url

from harborguard.access.roles import AuthenticatedRequest
from registries.models import Status
from sync.dashboard.attention import needs_of, with_needs
from sync.dashboard.latest_syncs import latest_syncs
from sync.dashboard.registry_search import RegistrySearch

PAGE_SIZE = 50
FORM_ID = "registry-search"
_SHOWN = (
    *("name", "url", "provider", "schedule", "status", "health", "error_message"),
    *("repository_count", "image_count", "last_sync_at", "next_sync_at"),
)


def registry_list(request: AuthenticatedRequest) -> HttpResponse:
    search = RegistrySearch(request.GET)
    registries = with_needs(search.found()).only(*_SHOWN)
    page = Paginator(registries, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = list(page)
    latest = latest_syncs(registry.pk for registry in shown)
    asked = _query(search)
    context = {
        "form_id": FORM_ID,
        "search": search,
        "asked": asked,
        "page": page,
        "rows": [(one, latest[one.pk], list(needs_of(one))) for one in shown],
        "now": timezone.now(),
        "is_moving": any(one.status == Status.SYNCING for one in shown),
    }
    response = render(request, "sync/registry_list.html", context)
    if request.headers.get("HX-Trigger") != FORM_ID:
        return response
    # A form sends its empty fields too: the address has only what was asked for.
    return replace_url(response, f"{reverse('registry-list')}?{asked.urlencode()}".rstrip("?"))


def _query(search: RegistrySearch) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(search.asked)
    return query
