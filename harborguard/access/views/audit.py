"""The audit trail, newest first."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from harborguard.access.audit_filters import AuditFilters
from harborguard.access.models import AuditEntry
from harborguard.access.roles import AuthenticatedRequest

ENTRIES_A_PAGE = 50


def audit(request: AuthenticatedRequest) -> HttpResponse:
    """Read from a given entry on, not by page number: nothing shifts while more are written."""
    filters = AuditFilters(request.GET, queryset=AuditEntry.objects.all())
    entries = filters.qs if filters.is_valid() else AuditEntry.objects.none()
    before = request.GET.get("before", "")
    is_newest = not (before.isascii() and before.isdecimal()) or len(before) > 18
    if not is_newest:
        entries = entries.filter(pk__lt=int(before))
    found = list(entries[: ENTRIES_A_PAGE + 1])
    shown = found[:ENTRIES_A_PAGE]
    context = {
        "entries": shown,
        "older": shown[-1].pk if len(found) > len(shown) else None,
        "is_newest": is_newest,
        "actions": AuditEntry.Action.values,
        "asked": request.GET,
        "errors": filters.errors,
    }
    return render(request, "access/audit.html", context)
