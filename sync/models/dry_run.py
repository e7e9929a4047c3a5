"""Dry runs: what a sync would change. Only ``sync.dry_runs.lifecycle`` writes them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from inventory.models import RemovedReason
from registries.models import Registry
from registries.oci.reference import DIGEST_MAX_LENGTH, REPOSITORY_MAX_LENGTH, TAG_MAX_LENGTH
from sync.models.run import AbstractRun, State

# The states of a dry run, which nothing supersedes.
DRY_RUN_STATES = [choice for choice in State.choices if choice[0] != State.SUPERSEDED]


class DryRun(AbstractRun):
    """The changes that a sync would make, with the connection's settings or with proposed ones.

    - ``proposed``: the settings that differ from the connection's.
    - ``settings_before``: every setting that can be proposed, as it was when the registry was read.
    - ``fingerprint``: changes when the connection does.
    """

    registry = models.ForeignKey(
        Registry, on_delete=models.CASCADE, related_name="dry_runs", db_index=False
    )
    proposed = models.JSONField(default=dict)
    settings_before = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
    alive_until = models.DateTimeField(
        null=True, help_text="Its worker is lost if it has not renewed this by then"
    )

    # The counts are exact, however few changes have a row.
    released = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    filtered = models.PositiveIntegerField(default=0)
    repositories_added = models.PositiveIntegerField(default=0)
    repositories_restored = models.PositiveIntegerField(default=0)
    repositories_retired = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0, help_text="Changes that have a row")

    due_before = models.DateTimeField(null=True, help_text="When the next sync is due")
    due_after = models.DateTimeField(null=True, help_text="When it would be due, as proposed")

    class Meta(AbstractRun.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registry"],
                condition=Q(state__in=[State.QUEUED, State.RUNNING]),
                name="one_live_dry_run_a_registry",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["registry", "-id"], name="dry_run_newest"),
            models.Index(
                fields=["state"], condition=Q(state__in=["queued", "running"]), name="dry_run_live"
            ),
            models.Index(fields=["queued_at"], name="dry_run_age"),
        ]

    def __str__(self) -> str:
        return f"dry run {self.pk}"

    @property
    def trials(self) -> list[tuple[str, Any, Any]]:
        """The proposed settings: name, current value, proposed value."""
        return [
            (name, before, self.proposed[name])
            for name, before in sorted(self.settings_before.items())
            if name in self.proposed
        ]

    @property
    def removed(self) -> int:
        return self.gone + self.filtered

    @property
    def differences(self) -> int:
        return self.added + self.moved + self.restored + self.released + self.removed + self.held


class DryRunChange(models.Model):
    """One change, in the order of names."""

    class Kind(models.TextChoices):
        ADDED = "added"
        MOVED = "moved"
        RESTORED = "restored"
        RELEASED = "released", "no longer held"
        REMOVED = "removed"
        HELD = "held"

    dry_run = models.ForeignKey(
        DryRun, on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    repository = models.CharField(max_length=REPOSITORY_MAX_LENGTH)
    tag = models.CharField(max_length=TAG_MAX_LENGTH)
    old_digest = models.CharField(max_length=DIGEST_MAX_LENGTH, blank=True)
    new_digest = models.CharField(max_length=DIGEST_MAX_LENGTH, blank=True)
    reason = models.CharField(max_length=10, choices=RemovedReason.choices, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["dry_run", "id"], name="dry_run_change_order"),
            models.Index(fields=["dry_run", "kind", "id"], name="dry_run_change_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.repository}:{self.tag}"
