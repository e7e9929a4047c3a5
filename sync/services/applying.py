"""Saving what a dry run was asked to think through; and doing away with a dry run."""

from __future__ import annotations

from django.db import transaction

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry
from registries.models import Registry
from registries.services import Change
from sync.dry_runs import lifecycle, proposal
from sync.models import DryRun, DryRunState
from sync.services import connecting


class NotApplied(Exception):
    """The proposal was not saved; the message says why."""


def obstacle(tried: DryRun, registry: Registry) -> str:
    """Why the proposal is not to be applied to the connection as it is; empty: it may be."""
    if not tried.proposed:
        return "this dry run proposes no change"
    if tried.state not in {DryRunState.SUCCEEDED, DryRunState.PARTIAL}:
        return "this dry run has found nothing out. Run it again, then apply that"
    now = proposal.settings_of(registry)
    if all(now[name] == value for name, value in tried.proposed.items()):
        return "the connection has these settings by now"
    if proposal.fingerprint(registry, tried.proposed) != tried.fingerprint:
        return (
            "the connection is another one since this dry run. Run it again with these settings, "
            "then apply that"
        )
    return ""


@transaction.atomic
def apply_proposal(tried: DryRun, *, by: Actor) -> Change:
    """Raise NotApplied where the dry run no longer tells what the change would do, and
    ValidationError that names each wrong field."""
    registry = Registry.objects.select_for_update().get(pk=tried.registry_id)
    if reason := obstacle(tried, registry):
        raise NotApplied(f"Nothing was changed: {reason}")
    return connecting.change(registry.pk, by=by, **tried.proposed)


@transaction.atomic
def delete_dry_run(tried: DryRun, *, by: Actor, only_live: bool = False) -> bool:
    """Whether it was there to delete. Its worker stops, if it has one."""
    deleted = lifecycle.delete(tried, only_live=only_live)
    if deleted:
        audit.record(
            AuditEntry.Action.DRY_RUN_DELETED,
            by=by,
            on=tried.registry,
            changes={"dry_run": (tried.pk, None)},
        )
    return deleted
