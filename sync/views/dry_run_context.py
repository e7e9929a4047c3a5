"""What the page of a dry run shows: how far it is, or what it has found, filtered and by pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.utils import timezone

from harborguard.access.roles import AuthenticatedRequest
from registries.forms.settings_form import SettingsForm
from registries.models import Registry
from sync.models import DryRun, DryRunChange, DryRunState, SyncRun, Trigger
from sync.services import applying

PAGE_SIZE = 100
_TEXT_LONGEST = 200
_UNCLAIMED_AFTER = timedelta(minutes=1)


def dry_run_context(request: AuthenticatedRequest, found: DryRun) -> dict[str, Any]:
    if found.is_live:
        waits = timezone.now() - found.queued_at
        is_queued = found.state == DryRunState.QUEUED
        return {"is_unclaimed": is_queued and waits > _UNCLAIMED_AFTER}
    return {
        **_differences(request, found),
        "settings": _settings(found),
        "again": [(name, "\n".join(_lines(value))) for name, _, value in found.trials],
        "obstacle": _obstacle(found),
        "changed_by": _changed_by(found),
    }


def _obstacle(found: DryRun) -> str:
    """Read anew, with all of its columns: ``found`` has it without the largest."""
    if not found.proposed:
        return ""
    return applying.obstacle(found, Registry.objects.get(pk=found.registry_id))


def _changed_by(found: DryRun) -> SyncRun | None:
    """The latest sync that has changed the inventory since."""
    has_changed = Q(added__gt=0) | Q(moved__gt=0) | Q(removed__gt=0) | Q(restored__gt=0)
    since = SyncRun.objects.filter(
        has_changed | Q(held__gt=0), registry=found.registry_id, finished_at__gt=found.finished_at
    )
    return since.exclude(trigger=Trigger.PUSH).only("pk").first()


def _differences(request: AuthenticatedRequest, found: DryRun) -> dict[str, Any]:
    """A kind that there is not is no filter, as in an address that somebody has mistyped."""
    kind = request.GET.get("kind", "")
    text = request.GET.get("q", "").strip()[:_TEXT_LONGEST]
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
    """Of what is tried: its label, how the connection had it, and the proposal."""
    return [
        (setting_label(name), _lines(before), _lines(proposed))
        for name, before, proposed in found.trials
    ]


def setting_label(setting: str) -> str:
    """As its form has it."""
    return str(SettingsForm.base_fields[setting].label)


def _lines(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
