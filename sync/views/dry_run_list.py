"""A registry's dry runs, of those that the one who asks may see."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from harborguard.access.models import Role
from harborguard.access.roles import AuthenticatedRequest, has_role
from registries.models import Registry
from sync.dry_runs.visibility import dry_runs_seen_by
from sync.views.dry_run_shown import label_of
from sync.views.newest_first import newest_first

DRY_RUNS_A_PAGE = 20
_NOT_SHOWN = ("settings_before", "warnings", "failed_repositories")


def dry_run_list(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    registry = get_object_or_404(Registry, pk=pk)
    seen = dry_runs_seen_by(is_admin=has_role(request, Role.ADMIN)).filter(registry=registry)
    rows = newest_first(request, seen.defer(*_NOT_SHOWN), DRY_RUNS_A_PAGE)
    told = [(found, [label_of(name) for name in sorted(found.proposed)]) for found in rows.shown]
    context = {"registry": registry, "rows": rows, "dry_runs": told}
    return render(request, "sync/dry_run_list.html", context)
