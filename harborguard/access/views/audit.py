"""The audit trail, newest first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from harborguard.access.filters import AuditFilters
from harborguard.access.models import AuditEntry
from harborguard.access.roles import AuthenticatedRequest
from harborguard.web.keyset import newest_first, parse_id

ENTRIES_A_PAGE = 50
# The objects of most entries, by model name.
_SUBJECTS = {"registry": "registries", "user": "users", "apikey": "API keys"}


class PageFilters(AuditFilters):
    day = django_filters.DateFilter(method="filter_day")

    def filter_day(self, entries: QuerySet[AuditEntry], _: str, day: date) -> QuerySet[AuditEntry]:
        midnight = datetime.combine(day, datetime.min.time(), tzinfo=UTC)
        return entries.filter(at__gte=midnight, at__lt=midnight + timedelta(days=1))


def audit(request: AuthenticatedRequest) -> HttpResponse:
    """Show a page from a given entry on, so that nothing shifts while more are written."""
    filters = PageFilters(request.GET, queryset=AuditEntry.objects.all())
    entries = filters.qs if filters.is_valid() else AuditEntry.objects.none()
    page = newest_first(entries, parse_id(request.GET.get("before", "")), ENTRIES_A_PAGE)
    context = {
        "entries": page.rows,
        "older": page.next,
        "is_newest": page.is_first,
        "is_filtered": any(request.GET.get(name) for name in filters.filters),
        "subjects": _SUBJECTS,
        "actions": AuditEntry.Action.values,
        "asked": request.GET,
        "errors": filters.errors,
    }
    return render(request, "access/audit.html", context)
