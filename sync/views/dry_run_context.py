"""Template context of a dry run's page: its progress, or its filtered and paged changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.utils import timezone

from harborguard.access.roles import AuthenticatedRequest
from registries.forms.settings_form import SettingsForm
from registries.models import Registry
from sync.models import DryRun, DryRunChange, State, SyncRun, Trigger
from sync.services import applying

PAGE_SIZE = 100
_SEARCH_MAX_LENGTH = 200
_UNCLAIMED_AFTER = timedelta(minutes=1)


def dry_run_context(request: AuthenticatedRequest, found: DryRun) -> dict[str, Any]:
    if found.is_live:
        waiting = timezone.now() - found.queued_at
        is_queued = found.state == State.QUEUED
        return {"is_unclaimed": is_queued and waiting > _UNCLAIMED_AFTER}
    return {
        **_differences(request, found),
        "settings": _settings(found),
        "again": [(name, "\n".join(_lines(value))) for name, _, value in found.trials],
        "obstacle": _obstacle(found),
        "changed_by": _changed_by(found),
    }


def _obstacle(found: DryRun) -> str:
    """Return why the proposal can't be applied, or "".

    The registry is loaded again, since ``found`` lacks its largest columns.
    """
    if not found.proposed:
        return ""
    return applying.obstacle(found, Registry.objects.get(pk=found.registry_id))


def _changed_by(found: DryRun) -> SyncRun | None:
    """Return the latest sync that has changed the inventory since the dry run."""
    has_changed = Q(added__gt=0) | Q(moved__gt=0) | Q(removed__gt=0) | Q(restored__gt=0)
    since = SyncRun.objects.filter(
        has_changed | Q(held__gt=0), registry=found.registry_id, finished_at__gt=found.finished_at
    )
    return since.exclude(trigger=Trigger.PUSH).only("pk").first()


def _differences(request: AuthenticatedRequest, found: DryRun) -> dict[str, Any]:
    """Return the changes, filtered and paged; an unknown kind is ignored."""
    kind = request.GET.get("kind", "")
    text = request.GET.get("q", "").strip()[:_SEARCH_MAX_LENGTH]
    differences = found.changes.all()
    if kind in DryRunChange.Kind:
        differences = differences.filter(kind=kind)
    if text:
        differences = differences.filter(Q(repository__icontains=text) | Q(tag__icontains=text))
    return {
        "kinds": DryRunChange.Kind.choices,
        "kind": kind,
        "text": text,
        "page": Paginator(differences, PAGE_SIZE).get_page(request.GET.get("page")),
    }


def _settings(found: DryRun) -> list[tuple[str, list[str], list[str]]]:
    """Return label, current value and proposed value of each proposed setting."""
    return [
        (setting_label(name), _lines(before), _lines(proposed))
        for name, before, proposed in found.trials
    ]


def setting_label(setting: str) -> str:
    """Return the label of the setting in its form."""
    return str(SettingsForm.base_fields[setting].label)


def _lines(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
