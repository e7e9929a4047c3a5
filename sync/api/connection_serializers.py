"""Parts of a connection in JSON: credentials, options, filters and rate limits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from harborguard.access.models import Role
from harborguard.access.roles import has_role
from harborguard.api.fields import StringField, StringListField, TextOrNull
from harborguard.api.serializers import ModelSerializer, Serializer
from registries.models import Credential, Registry
from registries.transport.endpoint import Credential as Login
from registries.validation import GLOBS_MOST


def given_login(
    credential: Mapping[str, Any] | None, known: Registry | None = None
) -> Login | None:
    """Return the credentials given in a request; a secret alone keeps the stored user name."""
    if credential is None:
        return None
    stored = getattr(known, "credential", None)
    username = credential.get("username", stored.username if stored else "")
    return Login(username, credential["secret"])


_SECRET_MAX_LENGTH = 64 * 1024
globs = partial(StringListField, max_length=GLOBS_MOST, required=False)


class CredentialSerializer(ModelSerializer):
    """Stored credentials. `/api/providers` lists what each provider calls the two parts."""

    username = StringField(
        max_length=255,
        required=False,
        allow_blank=True,
        help_text="Only returned to admins.",
    )
    secret = StringField(
        write_only=True,
        max_length=_SECRET_MAX_LENGTH,
        trim_whitespace=False,
        help_text="Password or token. Stored encrypted and never returned.",
    )

    class Meta:
        model = Credential
        fields: ClassVar = ("username", "secret", "changed_at")
        read_only_fields: ClassVar = ("changed_at",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "secret" not in attrs:  # a partial update requires no field
            raise serializers.ValidationError(
                {"secret": ["Provide the secret together with the user name."]}
            )
        return attrs

    def to_representation(self, instance: Credential) -> dict[str, Any]:
        representation: dict[str, Any] = super().to_representation(instance)
        if not has_role(self.context["request"], Role.ADMIN):
            del representation["username"]
        return representation


class TagFiltersSerializer(ModelSerializer):
    """Glob patterns. `exclude` takes precedence over `include`."""

    include = globs(source="tag_include", help_text="Defaults to `*`, every tag.")
    exclude = globs(source="tag_exclude")

    class Meta:
        model = Registry
        fields: ClassVar = ("include", "exclude")


class RepositoryFiltersSerializer(ModelSerializer):
    """Glob patterns. `exclude` takes precedence over `include`."""

    include = globs(source="repository_include", help_text="Defaults to `*`, every repository.")
    exclude = globs(source="repository_exclude")

    class Meta:
        model = Registry
        fields: ClassVar = ("include", "exclude")


_TEXT = {"type": "string"}


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"oneOf": [_TEXT, {"type": "array", "items": _TEXT}]},
        "description": "Provider options: a string or a list of strings for each name listed under "
        "`options` in `/api/providers`. Replaces all options that were set.",
        "example": {"namespaces": ["acme", "library"]},
    }
)
class OptionsField(serializers.Field):  # type: ignore[type-arg]  # not generic at run time
    """Provider options, which the model validates since they depend on the provider."""

    default_error_messages = {"invalid": "Provide an object of option names and values."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


class RateLimitSerializer(Serializer):
    """Rate limits of the registry and its API, as observed by all workers together."""

    banned_until = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="No requests are sent to the host before this time.",
    )
    reason = TextOrNull(help_text="Why the host banned HarborGuard.")
    held_until = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Rate limited until this time."
    )
    limit = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Requests per window; null if the registry does not report it.",
    )
    remaining = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Requests left in the current window."
    )
    resets_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When the next window starts."
    )
    concurrency = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Concurrent requests after throttling; null means as configured.",
    )
