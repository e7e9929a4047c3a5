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
    """A secret that comes without a user name goes with the one that is known, if any is."""
    if credential is None:
        return None
    stored = getattr(known, "credential", None)
    username = credential.get("username", stored.username if stored else "")
    return Login(username, credential["secret"])


_SECRET_LONGEST = 64 * 1024
globs = partial(StringListField, max_length=GLOBS_MOST, required=False)


class CredentialSerializer(ModelSerializer):
    """The login; what a provider calls its two parts is told by `/api/providers`."""

    username = StringField(
        max_length=255,
        required=False,
        allow_blank=True,
        help_text="Left out of the answer to a caller below the role admin.",
    )
    secret = StringField(
        write_only=True,
        max_length=_SECRET_LONGEST,
        trim_whitespace=False,
        help_text="Password or token. It is stored encrypted, and never told again.",
    )

    class Meta:
        model = Credential
        fields: ClassVar = ("username", "secret", "changed_at")
        read_only_fields: ClassVar = ("changed_at",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "secret" not in attrs:  # where a part of a registry is changed, nothing is required
            raise serializers.ValidationError({"secret": ["Give the secret with the user name."]})
        return attrs

    def to_representation(self, instance: Credential) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if not has_role(self.context["request"], Role.ADMIN):
            del shown["username"]
        return shown


class TagFiltersSerializer(ModelSerializer):
    """Globs; what `exclude` matches is left out, whatever `include` says."""

    include = globs(source="tag_include", help_text="Default: `*`, every tag.")
    exclude = globs(source="tag_exclude")

    class Meta:
        model = Registry
        fields: ClassVar = ("include", "exclude")


class RepositoryFiltersSerializer(ModelSerializer):
    """Globs; what `exclude` matches is left out, whatever `include` says."""

    include = globs(source="repository_include", help_text="Default: `*`, every repository.")
    exclude = globs(source="repository_exclude")

    class Meta:
        model = Registry
        fields: ClassVar = ("include", "exclude")


_TEXT = {"type": "string"}


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"oneOf": [_TEXT, {"type": "array", "items": _TEXT}]},
        "description": "By the names that `/api/providers` tells under `options`: a text, or a "
        "list of texts. Given, they replace all that were set.",
        "example": {"namespaces": ["acme", "library"]},
    }
)
class OptionsField(serializers.Field):  # type: ignore[type-arg]  # not generic at run time
    """What they may hold is the model's to say: it depends on the provider."""

    default_error_messages = {"invalid": "Give an object of names and values."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


class RateLimitSerializer(Serializer):
    """What the registry, or its API, lets us ask: as all workers together have found out."""

    banned_until = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Until then the host is not asked at all."
    )
    reason = TextOrNull(help_text="Why it is banned.")
    held_until = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Until then it wants to be left alone."
    )
    limit = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Requests of one window, where it is told."
    )
    remaining = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Those that are left of it."
    )
    resets_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When the next window begins."
    )
    concurrency = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Requests open at once after refusals; null: as many as configured.",
    )
