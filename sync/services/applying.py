"""Apply what a dry run tried: save its proposed settings to the connection."""

from __future__ import annotations

from django.db import transaction

from harborguard.access.actor import Actor
from registries.models import Registry
from registries.services import Change
from sync.dry_runs import proposal
from sync.models import DryRun, State
from sync.services import connecting


class NotApplied(Exception):
    """The proposal was not saved; the message says why."""


def obstacle(dry_run: DryRun, registry: Registry) -> str:
    """Return why the proposal cannot be applied to the connection as it is now, or ""."""
    if not dry_run.proposed:
        return "this dry run proposes no change"
    if dry_run.state not in {State.SUCCEEDED, State.PARTIAL}:
        return "this dry run did not succeed. Run it again, then apply that one"
    now = proposal.settings_of(registry)
    if all(now[name] == value for name, value in dry_run.proposed.items()):
        return "the connection already has these settings"
    if proposal.fingerprint(registry, dry_run.proposed) != dry_run.fingerprint:
        return (
            "the connection has changed since this dry run. Run it again with these settings, "
            "then apply that one"
        )
    return ""


@transaction.atomic
def apply_proposal(dry_run: DryRun, *, by: Actor) -> Change:
    """Save the proposed settings.

    Raise NotApplied where the dry run no longer shows what the change would do, and
    ValidationError naming each wrong field.
    """
    registry = Registry.objects.select_for_update().get(pk=dry_run.registry_id)
    if reason := obstacle(dry_run, registry):
        raise NotApplied(f"Nothing was changed: {reason}")
    return connecting.change(registry.pk, by=by, **dry_run.proposed)
