"""Registries in JSON: settings and state."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from harborguard.access.models import Role
from harborguard.access.roles import has_role
from harborguard.api.fields import BooleanField, ChoiceField, StringField, StringListField
from harborguard.api.serializers import ModelSerializer
from registries.errors import CredentialUnreadable
from registries.models import Registry
from registries.providers import PROVIDERS, detect
from registries.rate_limits.status import limit_status
from registries.transport.origin import Origin
from registries.validation import (
    KNOWN_MOST,
    REALMS_MOST,
    normal_url,
    validate_name,
)
from registries.webhook import setup
from sync.api.connection_serializers import (
    CredentialSerializer,
    OptionsField,
    RateLimitSerializer,
    RepositoryFiltersSerializer,
    TagFiltersSerializer,
)
from sync.api.run_serializers import FailureField, RunSummarySerializer


class RegistrySummarySerializer(ModelSerializer):
    """A registry in a list, without `caPem` and `knownRepositories`, which may be long."""

    name = StringField(
        max_length=100,
        validators=[
            validate_name,
            UniqueValidator(
                Registry.objects.all(), message="Another connection already has this name."
            ),
        ],
    )
    provider = ChoiceField(
        choices=[(slug, known.name) for slug, known in PROVIDERS.items()],
        required=False,
        help_text="Defaults to the product detected from the URL.",
    )
    options = OptionsField(required=False)
    trusted_realms = StringListField(
        max_length=REALMS_MOST,
        required=False,
        help_text="Origins of token servers on other hosts that may receive the credentials.",
    )
    tag_filters = TagFiltersSerializer(source="*", required=False)
    repository_filters = RepositoryFiltersSerializer(source="*", required=False)
    credential = CredentialSerializer(
        required=False, allow_null=True, help_text="null for anonymous access."
    )
    last_error = FailureField()
    held_removals = serializers.IntegerField(
        read_only=True,
        help_text="Images missing from the registry whose removal is held for review.",
    )
    last_push_at = serializers.DateTimeField(
        source="webhook.last_received_at",
        read_only=True,
        allow_null=True,
        help_text="When the registry last called its webhook.",
    )
    webhook_silent = serializers.SerializerMethodField(
        help_text="Whether a sync found changes that no webhook delivery reported, "
        "with no delivery since."
    )
    current_run = serializers.SerializerMethodField(help_text="The live sync, or null.")

    class Meta:
        model = Registry
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "name",
            "url",
            "provider",
            "insecure",
            "options",
            "trusted_realms",
            "schedule",
            "tag_filters",
            "repository_filters",
            "credential",
            "status",
            "health",
            "last_sync_at",
            "last_attempt_at",
            "next_sync_at",
            "consecutive_failures",
            "last_error",
            "repository_count",
            "image_count",
            "held_removals",
            "last_push_at",
            "webhook_silent",
            "current_run",
            "created_at",
        )
        read_only_fields: ClassVar = (
            "status",
            "health",
            "last_sync_at",
            "last_attempt_at",
            "next_sync_at",
            "consecutive_failures",
            "repository_count",
            "image_count",
            "created_at",
        )
        extra_kwargs: ClassVar = {
            "insecure": {"help_text": "Use plain HTTP. Credentials are then sent unencrypted."},
        }

    def get_webhookSilent(self, registry: Registry) -> bool:  # noqa: N802  named after its field
        return setup.is_silent(registry)

    @extend_schema_field(RunSummarySerializer(allow_null=True))
    def get_currentRun(self, registry: Registry) -> Any:  # noqa: N802  named after its field
        live = registry.live_runs  # type: ignore[attr-defined]  # prefetched by the view
        return RunSummarySerializer(live[0]).data if live else None


class RegistrySerializer(RegistrySummarySerializer):
    """A registry with its settings, state and live run."""

    known_repositories = StringListField(
        max_length=KNOWN_MOST,
        required=False,
        help_text="Repositories to read if the registry does not let HarborGuard list its catalog.",
    )
    webhook_url = serializers.SerializerMethodField(
        help_text="Webhook URL for the registry. Contains a secret: null for users below the role "
        "developer, and for products without webhooks."
    )
    rate_limit = serializers.SerializerMethodField(help_text="null if no limits are known.")

    class Meta(RegistrySummarySerializer.Meta):
        fields = (
            *RegistrySummarySerializer.Meta.fields,
            "webhook_url",
            "ca_pem",
            "known_repositories",
            "rate_limit",
        )
        extra_kwargs: ClassVar = {
            **RegistrySummarySerializer.Meta.extra_kwargs,
            "ca_pem": {
                "help_text": "PEM certificates of a private CA. They replace the public CAs for "
                "the registry's host, and extend them for other hosts, such as its token server."
            },
        }

    @extend_schema_field(RateLimitSerializer(allow_null=True))
    def get_rateLimit(self, registry: Registry) -> Any:  # noqa: N802  named after its field
        known = limit_status(registry)
        return None if known is None else RateLimitSerializer(known).data

    def get_webhookUrl(self, registry: Registry) -> str | None:  # noqa: N802  named after its field
        request = self.context["request"]
        if not has_role(request, Role.DEVELOPER):
            return None
        root = setup.root_url(request.build_absolute_uri("/"))
        with suppress(setup.NoPushes, CredentialUnreadable):
            return setup.url_of(setup.webhook_of(registry), root)
        return None


class NewRegistrySerializer(RegistrySerializer):
    """A registry to connect."""

    first_sync = BooleanField(
        write_only=True, default=True, help_text="Whether to sync the registry right away."
    )

    class Meta(RegistrySerializer.Meta):
        fields = (*RegistrySerializer.Meta.fields, "first_sync")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "provider" in attrs:
            return attrs
        try:
            url = normal_url(attrs["url"], insecure=attrs.get("insecure", False))
        except DjangoValidationError as error:
            raise serializers.ValidationError({"url": error.messages}) from None
        return {**attrs, "provider": detect(Origin.parse(url))}


class UnsavedRegistrySerializer(NewRegistrySerializer):
    """A registry to test before connecting it."""

    name = StringField(max_length=100, required=False, validators=[validate_name])
