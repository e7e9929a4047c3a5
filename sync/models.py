"""Attempts to read a registry, and what registries tell us on their own.

Runs are written by ``sync.lifecycle`` alone, deliveries by ``sync.receiving``, and what is to be
read because of them by ``sync.pending``.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from harborguard.clock import Now
from registries.models import Registry
from registries.oci.reference import REPOSITORY_MAX_LENGTH, TAG_MAX_LENGTH


class State(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    SUPERSEDED = "superseded"


LIVE_STATES = (State.QUEUED, State.RUNNING)
FINISHED_STATES = (State.SUCCEEDED, State.PARTIAL, State.FAILED)


class Trigger(models.TextChoices):
    CONNECT = "connect", "first sync"
    MANUAL = "manual"
    COMMAND = "command"
    SCHEDULE = "schedule"
    PUSH = "push"
    CONFIRM = "confirm", "confirmed removals"


class Phase(models.TextChoices):
    """The seed's steps, as a person would name what is going on."""

    WAITING = "waiting"
    PING = "ping", "checking the connection"
    CATALOG = "catalog", "listing repositories"
    TAGS = "tags", "reading tags and digests"
    ABSENCE = "absence", "asking for what was not listed"
    DONE = "done"


class SyncRun(models.Model):
    registry = models.ForeignKey(
        Registry, on_delete=models.CASCADE, related_name="runs", db_index=False
    )
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.WAITING)
    confirms_removals = models.BooleanField(default=False)
    fence = models.BigIntegerField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    owner = models.CharField(max_length=120, blank=True, help_text="host and process at work")
    queued_at = models.DateTimeField()
    rung_at = models.DateTimeField(help_text="When a worker was last called for it")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    # What has been read by the attempt that is on, or was the last.
    repositories_listed = models.PositiveIntegerField(default=0)
    repositories_read = models.PositiveIntegerField(default=0)
    repositories_failed = models.PositiveIntegerField(default=0)
    tags_seen = models.PositiveIntegerField(default=0)
    requests_sent = models.PositiveIntegerField(default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)
    # What this run has changed in the inventory, over all its attempts.
    added = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    restored = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)

    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)
    warnings = models.JSONField(
        default=list, help_text="[{code, message, hint}]: what did not stop the run"
    )
    failed_repositories = models.JSONField(
        default=list, help_text="[{repository, code, message}], at most the first 100"
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registry"],
                condition=Q(state__in=[State.QUEUED, State.RUNNING]),
                name="one_live_run_a_registry",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["registry", "-id"], name="run_newest"),
            models.Index(
                fields=["state"], condition=Q(state__in=["queued", "running"]), name="run_live"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def actor(self) -> str:
        """Who or what started it, for the history."""
        if self.requested_by is not None:
            return f"{self.requested_by.get_username()} ({self.trigger})"
        return str(self.trigger)


class Verdict(models.TextChoices):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    FAILED = "failed", "could not be followed"


class PushDelivery(models.Model):
    """One call of a registry to our webhook. Kept for a week."""

    registry = models.ForeignKey(
        Registry, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    received_at = models.DateTimeField()
    delivery_id = models.CharField(max_length=200, blank=True, help_text="The sender's own")
    event = models.CharField(max_length=100, blank=True, help_text="The sender's word for it")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    detail = models.TextField(blank=True, help_text="Why, for a person")
    named = models.JSONField(
        default=list, help_text="[{repository, tag, action}], at most the first 100"
    )
    run_id = models.BigIntegerField(null=True, help_text="The run that read what it named")

    class Meta:
        verbose_name_plural = "push deliveries"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["registry", "-id"], name="delivery_newest"),
            models.Index(fields=["registry", "verdict", "received_at"], name="delivery_by_verdict"),
            models.Index(
                fields=["registry", "delivery_id"],
                condition=~Q(delivery_id=""),
                name="delivery_by_its_id",
            ),
            models.Index(
                fields=["registry", "id"],
                condition=Q(verdict="accepted", run_id__isnull=True),
                name="delivery_unread",
            ),
            models.Index(fields=["received_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class PendingPush(models.Model):
    """What is to be read again because of pushes; without a tag, all of the repository.

    ``due_at`` is null where nothing is pending: the row stays for a while to tell when the
    repository was last read, as what follows soon waits for the end of a window. ``stamp`` is
    another one after each delivery: a reader that finds the one it began with has read it all.
    """

    registry = models.ForeignKey(
        Registry, on_delete=models.CASCADE, related_name="pending_pushes", db_index=False
    )
    repository = models.CharField(max_length=REPOSITORY_MAX_LENGTH)
    tag = models.CharField(max_length=TAG_MAX_LENGTH, blank=True)
    noted_at = models.DateTimeField()
    stamp = models.BigIntegerField()
    due_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="In vain")

    class Meta:
        verbose_name_plural = "pending pushes"
        ordering: ClassVar = ["repository", "tag"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registry", "repository", "tag"], name="pending_push_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["registry", "due_at"],
                condition=Q(due_at__isnull=False),
                name="pending_push_due",
            ),
            models.Index(
                fields=["read_at"], condition=Q(due_at__isnull=True), name="pending_push_idle"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}" if self.tag else self.repository


class Sweep(models.Model):
    """When the tick last got through. One row, which begins as the moment of its migration: so
    an installation whose tick has never run is late, too."""

    swept_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="one_sweep_is_remembered"),
        ]

    def __str__(self) -> str:
        return f"swept at {self.swept_at}"

    @staticmethod
    def record() -> None:
        Sweep.objects.bulk_create(
            [Sweep(pk=1, swept_at=Now())],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["swept_at"],
        )
