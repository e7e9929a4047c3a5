"""Runs: attempts to read a registry. Only ``sync.runs.lifecycle`` writes them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from harborguard.clock import Now
from registries.models import Registry


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
    """The steps of a sync, as a page shows them."""

    WAITING = "waiting", "waiting for a worker"
    PING = "ping", "checking the connection"
    CATALOG = "catalog", "listing repositories"
    TAGS = "tags", "reading tags and digests"
    ABSENCE = "absence", "checking missing tags"
    DONE = "done"


class AbstractRun(models.Model):
    """The columns of anything that reads a registry in the background: a sync or a dry run."""

    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.WAITING)
    queued_at = models.DateTimeField()
    rung_at = models.DateTimeField(help_text="When a worker was last called for it")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    # What the current attempt, or the last one, has read.
    repositories_listed = models.PositiveIntegerField(default=0)
    repositories_read = models.PositiveIntegerField(default=0)
    repositories_failed = models.PositiveIntegerField(default=0)
    tags_seen = models.PositiveIntegerField(default=0)
    requests_sent = models.PositiveIntegerField(default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)
    # Changes of the inventory: those a sync has made, or those a dry run says it would make.
    added = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
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
        abstract = True
        ordering: ClassVar = ["-id"]

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @classmethod
    def queue(cls, **columns: Any) -> Any:
        """Insert a queued row, on the database's clock, as if a worker had just been called."""
        run = cls(queued_at=Now(), rung_at=Now(), **columns)
        run.save(force_insert=True)
        run.refresh_from_db()
        return run


class SyncRun(AbstractRun):
    registry = models.ForeignKey(
        Registry, on_delete=models.CASCADE, related_name="runs", db_index=False
    )
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    confirms_removals = models.BooleanField(default=False)
    fence = models.BigIntegerField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    owner = models.CharField(max_length=120, blank=True, help_text="Host and process of the worker")
    removed = models.PositiveIntegerField(default=0)

    class Meta(AbstractRun.Meta):
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
            # A registry that is pushed to all day has its latest syncs far behind its latest runs.
            models.Index(
                fields=["registry", "-id"], condition=~Q(trigger="push"), name="run_newest_sync"
            ),
            # The overview's days are read from this index alone.
            models.Index(
                fields=[
                    *("finished_at", "state", "trigger"),
                    *("added", "moved", "removed", "restored"),
                ],
                condition=Q(finished_at__isnull=False),
                name="run_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def actor(self) -> str:
        """The user or trigger that started the run, for the history."""
        if self.requested_by is not None:
            return f"{self.requested_by.get_username()} ({self.trigger})"
        return str(self.trigger)
