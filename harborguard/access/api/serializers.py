"""Users, keys and audit entries in JSON."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from harborguard.access.api import examples
from harborguard.access.keys import Status, status_of
from harborguard.access.models import ApiKey, AuditEntry, Role, User
from harborguard.api.fields import ChoiceField, InstantField, StringField
from harborguard.api.serializers import ModelSerializer, Serializer


class RoleField(ChoiceField):
    """A role, by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Role.labels, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return Role[super().to_internal_value(data).upper()]

    def to_representation(self, value: Any) -> str:
        return str(Role(value).label)


@extend_schema_serializer(examples=[examples.KEY])
class KeySerializer(ModelSerializer):
    """A key without its secret."""

    role = RoleField(read_only=True, help_text="Never more than its user's current role.")
    user = serializers.CharField(
        source="user.username", read_only=True, help_text="The owner's user name."
    )
    prefix = serializers.CharField(
        source="token_key",
        read_only=True,
        help_text="The first characters of the key, to recognize it by.",
    )
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(source="expiry", read_only=True, allow_null=True)
    last_used_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Accurate to a minute."
    )
    status = serializers.SerializerMethodField()

    class Meta:
        model = ApiKey
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "name",
            "role",
            "user",
            "prefix",
            "status",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=Status.choices))
    def get_status(self, key: ApiKey) -> str:
        return status_of(key).value


@extend_schema_serializer(examples=[examples.NEW_KEY])
class NewKeySerializer(ModelSerializer):
    """The fields of a new key."""

    role = RoleField(help_text="At most its user's role, and at most yours.")
    user = StringField(max_length=150, required=False, help_text="A user name. Default: yours.")
    expires_at = InstantField(
        required=False,
        allow_null=True,
        help_text="Default: never. Required if your own key expires.",
    )

    class Meta:
        model = ApiKey
        fields: ClassVar = ("name", "role", "user", "expires_at")


@extend_schema_serializer(examples=[examples.CREATED_KEY])
class CreatedKeySerializer(KeySerializer):
    """The only response that contains the key itself."""

    key = serializers.CharField(read_only=True, help_text="Shown only once. Store it now.")

    class Meta(KeySerializer.Meta):
        fields = (*KeySerializer.Meta.fields, "key")
        read_only_fields = fields


@extend_schema_serializer(examples=[examples.ME])
class MeSerializer(Serializer):
    """The caller, and what they may do."""

    id = serializers.IntegerField(source="user.pk", help_text="The user's.")
    username = serializers.CharField(source="user.username")
    role = RoleField(source="user.role", help_text="The user's.")
    effective_role = RoleField(
        help_text="The effective role: the lower of the user's and the key's."
    )
    key = KeySerializer(allow_null=True, help_text="Null for a browser session.")


@extend_schema_serializer(examples=[examples.USER, examples.USER_SENT])
class UserSerializer(ModelSerializer):
    """A user account."""

    role = RoleField(required=False, help_text="Default: `viewer`.")
    password = StringField(
        write_only=True,
        required=False,
        allow_null=True,
        max_length=256,
        trim_whitespace=False,
        help_text="Never returned. Without a password, or with null, the account cannot sign "
        "in and only works with API keys. A key cannot set its own user's password.",
    )
    has_password = serializers.BooleanField(source="has_usable_password", read_only=True)
    created_at = serializers.DateTimeField(source="date_joined", read_only=True)
    last_signed_in_at = serializers.DateTimeField(
        source="last_login", read_only=True, allow_null=True
    )

    class Meta:
        model = User
        fields: ClassVar = (
            "id",
            "username",
            "role",
            "is_active",
            "email",
            "password",
            "has_password",
            "created_at",
            "last_signed_in_at",
        )


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "required": ["from", "to"],
            "properties": {"from": {}, "to": {}},
        },
    }
)
class ChangesField(serializers.JSONField):
    """Values before and after, by field."""


@extend_schema_serializer(examples=[examples.AUDIT_ENTRY])
class AuditEntrySerializer(ModelSerializer):
    """An audit entry. Names are those of the time."""

    action = serializers.ChoiceField(choices=AuditEntry.Action.values, read_only=True)
    changes = ChangesField(
        read_only=True,
        help_text="Values before and after, by field; of secrets only that they were set.",
    )

    class Meta:
        model = AuditEntry
        fields: ClassVar = (
            "id",
            "at",
            "action",
            "actor",
            "user_id",
            "key_id",
            "key_name",
            "address",
            "request_id",
            "object_type",
            "object_id",
            "object_name",
            "changes",
        )
        read_only_fields = fields
