"""The overview page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from harborguard.access.roles import AuthenticatedRequest
from inventory.models import ImageEvent
from sync.dashboard import overview as figures
from sync.dashboard.charts import changes_chart, shares, syncs_chart
from sync.dashboard.days import last_days

CHANGES_SHOWN = 10
_CHANGE_COLUMNS = (
    *("kind", "reason", "at", "registry__name"),
    *("image__tag", "image__repository__name"),
)


def overview(request: AuthenticatedRequest) -> HttpResponse:
    totals = figures.totals()
    days = last_days(timezone.now())
    context = {
        "totals": totals,
        "today": days[-1],
        "shares": shares(totals.statuses),
        "failures": figures.failures(),
        "needs": figures.needs(),
        "bans": figures.bans(),
        "late_tick": figures.late_tick(),
        "days": days,
        "changes_chart": changes_chart(days),
        "syncs_chart": syncs_chart(days),
        "changes": _latest_changes(),
    }
    return render(request, "overview/overview.html", context)


def _latest_changes() -> list[ImageEvent]:
    events = ImageEvent.objects.select_related("registry", "image__repository")
    return list(events.only(*_CHANGE_COLUMNS)[:CHANGES_SHOWN])
