"""Rows for tests, made by the product's own use cases."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

from harborguard.access.actor import Actor
from harborguard.access.models import Role, User
from harborguard.clock import Now
from registries import services
from registries.errors import RegistryError
from registries.models import Registry
from sync.dry_runs import lifecycle as dry_run
from sync.dry_runs.attempt import Counts, DryRunAttempt, TagChange
from sync.models import DryRun, State, SyncRun, Trigger
from sync.runs import lifecycle
from sync.runs.lifecycle import Claim, Progress, Result

_numbers = count(1)
SOMEBODY = Actor("somebody")


def make_registry(**fields: Any) -> Registry:
    number = next(_numbers)
    defaults = {"name": f"registry {number}", "url": f"https://r{number}.example.com"}
    return services.connect(by=SOMEBODY, **{**defaults, "schedule": "daily", **fields})


def make_user(role: Role = Role.VIEWER, **fields: Any) -> User:
    return User.objects.create_user(
        **{"username": f"{role.label}-{next(_numbers)}", "password": "correct horse", **fields},
        role=role,
    )


def make_claim(registry: Registry, trigger: Trigger = Trigger.MANUAL) -> Claim:
    """Queue a run and claim it as a worker."""
    claim = lifecycle.claim(lifecycle.request(registry.pk, trigger).pk, owner="tests")
    assert claim is not None
    return claim


def make_finished_run(registry: Registry, state: State = State.SUCCEEDED, **result: Any) -> SyncRun:
    claim = make_claim(registry)
    lifecycle.finish(claim, Result(state, result.pop("progress", Progress()), **result))
    return SyncRun.objects.get(pk=claim.run_id)


def make_dry_run(
    registry: Registry, *changes: TagChange, error: RegistryError | None = None, **given: Any
) -> DryRun:
    """A dry run that has ended and found the given changes."""
    taken = dry_run.claim(dry_run.request(registry.pk, given).pk)
    assert taken is not None
    kept = list(changes)
    attempt = DryRunAttempt(registry, report=kept.append)
    counted = Counter(change.reason or change.kind for change in kept)
    attempt.counts = Counts(**{str(name): count for name, count in counted.items()})
    dry_run.finish(taken, attempt, kept, error)
    return DryRun.objects.get(pk=taken.pk)


def let_lease_run_out(registry: Registry) -> None:
    Registry.objects.filter(pk=registry.pk).update(lease_until=Now() - timedelta(seconds=1))
