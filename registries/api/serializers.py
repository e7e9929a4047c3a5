"""A provider's declaration in JSON."""

from __future__ import annotations

from rest_framework import serializers

from harborguard.api.serializers import Serializer


class CredentialFieldSerializer(Serializer):
    """What to put into a registry's `credential` under `name`."""

    name = serializers.CharField(help_text="A member of `credential`.")
    label = serializers.CharField(help_text="What the product calls it.")  # type: ignore[assignment]
    help = serializers.CharField()
    secret = serializers.BooleanField(
        source="is_secret", help_text="Whether it is to be hidden, and is never told again."
    )


class ConnectionOptionSerializer(Serializer):
    """One more thing that the product must be told of a connection."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    required = serializers.BooleanField(source="is_required")  # type: ignore[assignment]


class ProviderSerializer(Serializer):
    """A registry product that can be connected."""

    slug = serializers.CharField(help_text="The `provider` of a registry.")
    name = serializers.CharField()
    hosts = serializers.ListField(
        child=serializers.CharField(),
        help_text="Host names that it is known by; one that begins with a dot is a suffix.",
    )
    credential_fields = CredentialFieldSerializer(many=True)
    options = ConnectionOptionSerializer(many=True)
    takes_pushes = serializers.BooleanField(
        help_text="Whether the schedule `on_push` is served by the product's own events."
    )
