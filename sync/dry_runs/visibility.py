"""Which dry runs somebody may see.

What other filters would take in may be names that the connection leaves out on purpose: they
are for those who may change the filters.
"""

from __future__ import annotations

from django.db.models import QuerySet

from sync.models import DryRun


def dry_runs_seen_by(*, is_admin: bool) -> QuerySet[DryRun]:
    found = DryRun.objects.select_related("registry", "requested_by").defer(
        "registry__ca_pem", "registry__known_repositories"
    )
    return found if is_admin else found.filter(proposed={})
