"""The registry list: searched, filtered, sorted and paged."""

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
_COLUMNS = (
    *("name", "url", "provider", "schedule", "status", "health", "error_message"),
    *("repository_count", "image_count", "last_sync_at", "next_sync_at"),
)


def registry_list(request: AuthenticatedRequest) -> HttpResponse:
    search = RegistrySearch(request.GET)
    registries = with_needs(search.found()).only(*_COLUMNS)
    page = Paginator(registries, PAGE_SIZE).get_page(request.GET.get("page"))
    listed = list(page)
    latest = latest_syncs(registry.pk for registry in listed)
    query = _query(search)
    context = {
        "form_id": FORM_ID,
        "search": search,
        "query": query,
        "page": page,
        "rows": [(registry, latest[registry.pk], list(needs_of(registry))) for registry in listed],
        "now": timezone.now(),
        "is_moving": any(registry.status == Status.SYNCING for registry in listed),
    }
    response = render(request, "sync/registry_list.html", context)
    if request.headers.get("HX-Trigger") != FORM_ID:
        return response
    # A form submits empty fields too: keep them out of the URL.
    return replace_url(response, f"{reverse('registry-list')}?{query.urlencode()}".rstrip("?"))


def _query(search: RegistrySearch) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(search.query)
    return query
