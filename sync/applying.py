"""Saving what a dry run was asked to think through; and doing away with a dry run."""

from __future__ import annotations

from django.db import transaction

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry
from registries.models import Registry
from registries.services import Change
from sync import connecting, dry_run, proposal
from sync.models import DryRun, DryRunState


class NotApplied(Exception):
    """The proposal was not saved; the message says why."""


@transaction.atomic
def apply_proposal(tried: DryRun, *, by: Actor) -> Change:
    """Raise NotApplied where the dry run no longer tells what the change would do, and
    ValidationError that names each wrong field."""
    if not tried.proposed:
        raise NotApplied("This dry run proposes no change: there is nothing to apply")
    if tried.state not in {DryRunState.SUCCEEDED, DryRunState.PARTIAL}:
        raise NotApplied("This dry run has found nothing out: start another one, then apply it")
    registry = Registry.objects.select_for_update().get(pk=tried.registry_id)
    if proposal.fingerprint(registry, tried.proposed) != tried.fingerprint:
        raise NotApplied(
            "Nothing was changed: the connection is another one since this dry run. Start a new "
            "dry run with these settings, and apply that"
        )
    return connecting.change(registry.pk, by=by, **tried.proposed)


@transaction.atomic
def delete_dry_run(tried: DryRun, *, by: Actor) -> None:
    """Its worker stops, if it has one."""
    if dry_run.delete(tried):
        audit.record(
            AuditEntry.Action.DRY_RUN_DELETED,
            by=by,
            on=tried.registry,
            changes={"dry_run": (tried.pk, None)},
        )
