"""People, keys and the audit trail in JSON."""

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
    """A role by its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Role.labels, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return Role[super().to_internal_value(data).upper()]

    def to_representation(self, value: Any) -> str:
        return str(Role(value).label)


@extend_schema_serializer(examples=[examples.KEY])
class KeySerializer(ModelSerializer):
    """A key without its secret."""

    role = RoleField(read_only=True, help_text="Counts no more than its user's does now.")
    user = serializers.CharField(source="user.username", read_only=True, help_text="Whose it is.")
    prefix = serializers.CharField(
        source="token_key", read_only=True, help_text="How it begins, to recognise it by."
    )
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(source="expiry", read_only=True, allow_null=True)
    last_used_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Exact to a minute."
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
    """What a key is made of."""

    role = RoleField(help_text="At most its user's, and at most yours.")
    user = StringField(
        max_length=150, required=False, help_text="A user's name; yours if you leave it out."
    )
    expires_at = InstantField(
        required=False,
        allow_null=True,
        help_text="Never, if you leave it out; with a key that expires you give it.",
    )

    class Meta:
        model = ApiKey
        fields: ClassVar = ("name", "role", "user", "expires_at")


@extend_schema_serializer(examples=[examples.CREATED_KEY])
class CreatedKeySerializer(KeySerializer):
    """The only answer that holds the key itself."""

    key = serializers.CharField(read_only=True, help_text="Shown this once: keep it.")

    class Meta(KeySerializer.Meta):
        fields = (*KeySerializer.Meta.fields, "key")
        read_only_fields = fields


@extend_schema_serializer(examples=[examples.ME])
class MeSerializer(Serializer):
    """Who calls, and what they may."""

    id = serializers.IntegerField(source="user.pk", help_text="The user's.")
    username = serializers.CharField(source="user.username")
    role = RoleField(source="user.role", help_text="The user's.")
    effective_role = RoleField(help_text="What counts: the lower of the user's and the key's.")
    key = KeySerializer(allow_null=True, help_text="Null for a browser that has signed in.")


@extend_schema_serializer(examples=[examples.USER, examples.USER_SENT])
class UserSerializer(ModelSerializer):
    """An account."""

    role = RoleField(required=False, help_text="`viewer` if you leave it out.")
    password = StringField(
        write_only=True,
        required=False,
        allow_null=True,
        max_length=256,
        trim_whitespace=False,
        help_text="Never told. Without one, or with null, nobody signs in, and a key is the only "
        "way in. A key does not set its own user's.",
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
    """Before and after, by field."""


@extend_schema_serializer(examples=[examples.AUDIT_ENTRY])
class AuditEntrySerializer(ModelSerializer):
    """One thing that somebody did. Names are as they were then."""

    action = serializers.ChoiceField(choices=AuditEntry.Action.values, read_only=True)
    changes = ChangesField(
        read_only=True, help_text="Before and after by field; of a secret only that it was set."
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
