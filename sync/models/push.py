"""Webhook deliveries, and what is to be read because of them.

``sync.pushes.recording`` and ``deliveries`` write deliveries, ``noting`` and ``pending`` what is
pending.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from registries.models import Registry
from registries.oci.reference import REPOSITORY_MAX_LENGTH, TAG_MAX_LENGTH


class Verdict(models.TextChoices):
    """The outcome of a delivery."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    FAILED = "failed", "could not be followed"


class PushDelivery(models.Model):
    """A call of a webhook. Kept for a week."""

    registry = models.ForeignKey(
        Registry, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    received_at = models.DateTimeField()
    delivery_id = models.CharField(max_length=200, blank=True, help_text="The sender's id")
    event = models.CharField(
        max_length=100, blank=True, help_text="The sender's name for the event"
    )
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    detail = models.TextField(blank=True, help_text="The reason, for a person")
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
    """A tag, or without one a whole repository, to read again because a webhook named it.

    ``due_at`` is null where nothing is pending: the row stays for a while to remember when it was
    last read, as what follows soon waits for the end of a window. ``stamp`` changes with each
    delivery: a reader that finds the one it started with has read everything.
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
