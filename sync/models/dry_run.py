"""Rehearsals of a sync. Written by ``sync.dry_runs.lifecycle`` alone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from inventory.models import RemovedReason
from registries.models import Registry
from registries.oci.reference import DIGEST_MAX_LENGTH, REPOSITORY_MAX_LENGTH, TAG_MAX_LENGTH
from sync.models.run import Phase


class DryRunState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"


LIVE_DRY_RUN_STATES = (DryRunState.QUEUED, DryRunState.RUNNING)


class DryRun(models.Model):
    """What a sync would change, by the connection's settings or by proposed ones.

    ``proposed`` holds what differs from the connection; ``settings_before`` all that may be
    proposed, as the connection had it when the registry was read; ``fingerprint`` tells whether
    the connection is still what was read.
    """

    registry = models.ForeignKey(
        Registry, on_delete=models.CASCADE, related_name="dry_runs", db_index=False
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    proposed = models.JSONField(default=dict)
    settings_before = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=DryRunState.choices, default=DryRunState.QUEUED)
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.WAITING)
    queued_at = models.DateTimeField()
    rung_at = models.DateTimeField(help_text="When a worker was last called for it")
    started_at = models.DateTimeField(null=True)
    alive_until = models.DateTimeField(
        null=True, help_text="Its worker is lost if it has not renewed this by then"
    )
    finished_at = models.DateTimeField(null=True)

    repositories_listed = models.PositiveIntegerField(default=0)
    repositories_read = models.PositiveIntegerField(default=0)
    repositories_failed = models.PositiveIntegerField(default=0)
    tags_seen = models.PositiveIntegerField(default=0)
    requests_sent = models.PositiveIntegerField(default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)
    # What a sync would change in the inventory; exact, however many rows are kept.
    added = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    restored = models.PositiveIntegerField(default=0)
    released = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    filtered = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    repositories_added = models.PositiveIntegerField(default=0)
    repositories_restored = models.PositiveIntegerField(default=0)
    repositories_retired = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0, help_text="Differences that have a row")

    due_before = models.DateTimeField(null=True, help_text="When the next sync is due")
    due_after = models.DateTimeField(null=True, help_text="When it would be, as proposed")
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)
    warnings = models.JSONField(default=list, help_text="[{code, message, hint}]")
    failed_repositories = models.JSONField(
        default=list, help_text="[{repository, code, message}], at most the first 100"
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registry"],
                condition=Q(state__in=[DryRunState.QUEUED, DryRunState.RUNNING]),
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
    def is_live(self) -> bool:
        return self.state in LIVE_DRY_RUN_STATES

    @property
    def trials(self) -> list[tuple[str, Any, Any]]:
        """Of each setting that is tried: its name, how the connection had it, the proposal."""
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
    """One difference, in the order of names."""

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
