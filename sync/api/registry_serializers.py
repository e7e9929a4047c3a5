"""A registry in JSON: what can be set of it, and how it is."""

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
    """A registry as lists show it: without `caPem` and `knownRepositories`, which may be long."""

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
        help_text="Default: known from the URL.",
    )
    options = OptionsField(required=False)
    trusted_realms = StringListField(
        max_length=REALMS_MOST,
        required=False,
        help_text="Origins of token servers on other hosts to which the credential may go.",
    )
    tag_filters = TagFiltersSerializer(source="*", required=False)
    repository_filters = RepositoryFiltersSerializer(source="*", required=False)
    credential = CredentialSerializer(
        required=False, allow_null=True, help_text="null: anonymous access."
    )
    last_error = FailureField()
    held_removals = serializers.IntegerField(
        read_only=True, help_text="Images that are gone from the registry, kept until confirmed."
    )
    last_push_at = serializers.DateTimeField(
        source="webhook.last_received_at",
        read_only=True,
        allow_null=True,
        help_text="When its webhook was last called by the registry itself.",
    )
    webhook_silent = serializers.SerializerMethodField(
        help_text="A sync has found what no push told of, and nothing has come since."
    )
    current_run = serializers.SerializerMethodField(help_text="The sync that is on, or null.")

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
            "insecure": {"help_text": "Plain HTTP. The credential then travels unencrypted."},
        }

    def get_webhookSilent(self, registry: Registry) -> bool:  # noqa: N802  named after its field
        return setup.is_silent(registry)

    @extend_schema_field(RunSummarySerializer(allow_null=True))
    def get_currentRun(self, registry: Registry) -> Any:  # noqa: N802  named after its field
        live = registry.live_runs  # type: ignore[attr-defined]  # prefetched by the view
        return RunSummarySerializer(live[0]).data if live else None


class RegistrySerializer(RegistrySummarySerializer):
    """A connection, how it is, and the run that is on."""

    known_repositories = StringListField(
        max_length=KNOWN_MOST,
        required=False,
        help_text="Read where the registry does not let us list its catalog.",
    )
    webhook_url = serializers.SerializerMethodField(
        help_text="Where the registry tells of pushes: a secret. null for a caller below the role "
        "developer, and where the product tells nobody of pushes."
    )
    rate_limit = serializers.SerializerMethodField(help_text="null: nothing is known of limits.")

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
                "help_text": "Certificates of a private CA: at the registry's own host instead of "
                "the public ones, at others, such as its token server's, beside them."
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
    """A registry that is to be connected."""

    first_sync = BooleanField(write_only=True, default=True, help_text="Start one at once.")

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
    """A registry that is to be tested before it is connected."""

    name = StringField(max_length=100, required=False, validators=[validate_name])
