"""How everything is at a glance: what is wrong, what needs a person, what has changed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from harborguard.access.roles import AuthenticatedRequest
from inventory.models import ImageEvent
from sync.dashboard import overview as glance
from sync.dashboard.charts import changes_chart, shares, syncs_chart
from sync.dashboard.days import last_days

CHANGES_SHOWN = 10
_SHOWN_OF_A_CHANGE = (
    *("kind", "reason", "at", "registry__name"),
    *("image__tag", "image__repository__name"),
)


def overview(request: AuthenticatedRequest) -> HttpResponse:
    totals = glance.totals()
    days = last_days(timezone.now())
    context = {
        "totals": totals,
        "today": days[-1],
        "shares": shares(totals.statuses),
        "failures": glance.failures(),
        "needed": glance.needed(),
        "bans": glance.bans(),
        "late_tick": glance.late_tick(),
        "days": days,
        "changes_chart": changes_chart(days),
        "syncs_chart": syncs_chart(days),
        "changes": _latest_changes(),
    }
    return render(request, "overview/overview.html", context)


def _latest_changes() -> list[ImageEvent]:
    events = ImageEvent.objects.select_related("registry", "image__repository")
    return list(events.only(*_SHOWN_OF_A_CHANGE)[:CHANGES_SHOWN])
