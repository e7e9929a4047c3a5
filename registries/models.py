"""A registry connection with its credential, webhook and rate limits.

The second half of ``Registry`` is its sync state. Only ``sync.runs.lifecycle`` writes it, with
conditional UPDATEs; ``fence_off`` is the one exception.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from registries.providers import PROVIDERS
from registries.tag_filter import Scope
from registries.transport.origin import Origin
from registries.validation import (
    normal_options_of,
    normal_realms,
    normal_url,
    validate_ca_pem,
    validate_globs,
    validate_name,
    validate_provider,
    validate_realms,
    validate_repositories,
)


class Schedule(models.TextChoices):
    MANUAL = "manual", "manual"
    DAILY = "daily", "daily"
    WEEKLY = "weekly", "weekly"
    ON_PUSH = "on_push", "on push"


class Status(models.TextChoices):
    """The status of a connection: a function of its run history (docs/decisions/0003)."""

    CONNECTED = "CONNECTED"
    SYNCING = "SYNCING"
    DISCONNECTED = "DISCONNECTED"
    ERROR = "ERROR"


def every_name() -> list[str]:
    return ["*"]


class RegistryQuerySet(models.QuerySet["Registry"]):
    def fence_off(self) -> int:
        """Fence off the live run of these registries; the sweep restarts it.

        Use it before a change of what a run reads (URL, credentials, filters), so that a run with
        the old configuration writes nothing more.
        """
        return self.update(fence=F("fence") + 1, lease_until=None)


class Registry(models.Model):
    name = models.CharField(max_length=100, unique=True, validators=[validate_name])
    url = models.CharField("URL", max_length=300, help_text="https://host or https://host:port")
    provider = models.CharField(
        max_length=40, default="distribution", validators=[validate_provider]
    )
    insecure = models.BooleanField("plain HTTP", default=False)
    ca_pem = models.TextField("CA certificates (PEM)", blank=True, validators=[validate_ca_pem])
    trusted_realms = models.JSONField(default=list, blank=True, validators=[validate_realms])
    schedule = models.CharField(max_length=10, choices=Schedule.choices, default=Schedule.DAILY)
    tag_include = models.JSONField(default=every_name, blank=True, validators=[validate_globs])
    tag_exclude = models.JSONField(default=list, blank=True, validators=[validate_globs])
    repository_include = models.JSONField(
        default=every_name, blank=True, validators=[validate_globs]
    )
    repository_exclude = models.JSONField(default=list, blank=True, validators=[validate_globs])
    known_repositories = models.JSONField(
        default=list, blank=True, validators=[validate_repositories]
    )
    options = models.JSONField(
        default=dict,
        blank=True,
        help_text="{name: string or list of strings}, as the provider declares them",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    status = models.CharField(
        max_length=12, choices=Status.choices, default=Status.DISCONNECTED, editable=False
    )
    health = models.PositiveSmallIntegerField(null=True, editable=False)
    last_sync_at = models.DateTimeField(null=True, editable=False)
    last_attempt_at = models.DateTimeField(null=True, editable=False)
    next_sync_at = models.DateTimeField(null=True, editable=False)
    consecutive_failures = models.PositiveIntegerField(default=0, editable=False)
    error_code = models.CharField(max_length=40, blank=True, editable=False)
    error_message = models.TextField(blank=True, editable=False)
    error_hint = models.TextField(blank=True, editable=False)
    repository_count = models.PositiveIntegerField(default=0, editable=False)
    image_count = models.PositiveIntegerField(default=0, editable=False)
    fence = models.BigIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[models.Manager[Registry]] = RegistryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "registries"
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(health__isnull=True) | Q(health__lte=100),
                name="registry_health_is_a_percentage",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["next_sync_at"], name="registry_next_sync")]

    def __str__(self) -> str:
        return self.name

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        super().clean_fields(exclude)
        if "trusted_realms" not in (exclude or ()):
            self.trusted_realms = normal_realms(self.trusted_realms)

    def clean(self) -> None:
        try:
            self.url = normal_url(self.url, insecure=self.insecure)
        except ValidationError as error:
            raise ValidationError({"url": error}) from None
        if self.provider in PROVIDERS:
            self.options = normal_options_of(self.provider, self.options, insecure=self.insecure)
            self._clean_schedule()
        # Forms send CRLF line breaks: the same certificate must not look like a change.
        self.ca_pem = self.ca_pem.replace("\r\n", "\n").strip()
        for name in ("tag_include", "repository_include"):
            setattr(self, name, getattr(self, name) or every_name())

    def _clean_schedule(self) -> None:
        product, origin = PROVIDERS[self.provider], Origin.parse(self.url)
        if self.schedule == Schedule.ON_PUSH and not product.sends_webhooks_from(origin):
            silent = origin.host if product.takes_pushes else product.name
            message = f"{silent} sends no webhooks: choose daily, weekly or manual."
            raise ValidationError({"schedule": message})

    @property
    def scope(self) -> Scope:
        return Scope.of(
            repositories=(self.repository_include, self.repository_exclude),
            tags=(self.tag_include, self.tag_exclude),
        )


class Credential(models.Model):
    """An encrypted credential, written through ``registries.services`` only and never shown."""

    registry = models.OneToOneField(Registry, on_delete=models.CASCADE, related_name="credential")
    username = models.CharField(max_length=255, blank=True)
    envelope = models.TextField(editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"credential of {self.registry_id}"


class Webhook(models.Model):
    """The webhook of a connection, written through ``registries.webhook.setup`` only.

    The token is the secret part of the URL; both sides share the secret. Those before a rotation
    are valid until ``previous_until``. Tokens are looked up by hash.
    """

    registry = models.OneToOneField(Registry, on_delete=models.CASCADE, related_name="webhook")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    token_envelope = models.TextField(editable=False)
    secret_envelope = models.TextField(editable=False)
    previous_token_hash = models.CharField(
        max_length=64, null=True, blank=True, unique=True, editable=False
    )
    previous_secret_envelope = models.TextField(blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    verification = models.CharField(
        max_length=40, help_text="How deliveries are verified; url: by the secret URL alone"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_received_at = models.DateTimeField(null=True, editable=False)
    silent_since = models.DateTimeField(
        null=True, editable=False, help_text="When a sync found changes that no delivery reported"
    )

    def __str__(self) -> str:
        return f"webhook of {self.registry_id}"


class RateLimit(models.Model):
    """The limits of one credential at one host, as learned by all workers together."""

    host = models.CharField(
        max_length=300, help_text="Host, with a port unless it is the default one"
    )
    credential = models.CharField(
        max_length=64,
        blank=True,
        help_text="A keyed hash of the credentials; empty for anonymous access",
    )
    registries = models.ManyToManyField(
        Registry, related_name="rate_limits", help_text="The registries last read under this limit"
    )
    concurrency = models.PositiveSmallIntegerField(
        null=True, help_text="Concurrent requests allowed; null: as configured"
    )
    epoch = models.PositiveBigIntegerField(default=0, help_text="Incremented by each refusal")
    turned_at = models.DateTimeField(help_text="When the concurrency last changed")
    held_until = models.DateTimeField(null=True)
    limit = models.PositiveBigIntegerField(null=True)
    remaining = models.PositiveBigIntegerField(null=True)
    resets_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["host", "credential"], name="one_rate_limit_a_host_and_credential"
            ),
        ]

    def __str__(self) -> str:
        return f"rate limit of {self.host}"


class Breaker(models.Model):
    """The state of a host, with any credentials: hosts block addresses."""

    host = models.CharField(max_length=300, unique=True)
    banned_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    failed_logins = models.PositiveIntegerField(default=0)
    counting_since = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"breaker of {self.host}"
