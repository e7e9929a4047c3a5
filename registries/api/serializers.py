"""The declaration of a provider in JSON."""

from __future__ import annotations

from rest_framework import serializers

from harborguard.api.serializers import Serializer


class CredentialFieldSerializer(Serializer):
    """A field of the credentials. Send its value under `name` in a registry's `credential`."""

    name = serializers.CharField(help_text="The member of `credential`.")
    label = serializers.CharField(help_text="The product's own term.")  # type: ignore[assignment]
    help = serializers.CharField()
    secret = serializers.BooleanField(
        source="is_secret", help_text="Whether the value must be hidden. It is never returned."
    )


class ChoiceSerializer(Serializer):
    """A value that an option can have."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]

    def to_representation(self, instance: tuple[str, str]) -> dict[str, str]:
        value, label = instance
        return {"value": value, "label": label}


class ConnectionOptionSerializer(Serializer):
    """An option of the connection that the product needs."""

    name = serializers.CharField(help_text="The member of a registry's `options`.")
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    required = serializers.BooleanField(source="is_required")  # type: ignore[assignment]
    list = serializers.BooleanField(
        source="is_list", help_text="Whether the value is a list of strings or a single string."
    )
    leads_credential = serializers.BooleanField(
        help_text="Whether it determines where the credentials are sent. Changing it drops "
        "the stored credentials."
    )
    choices = ChoiceSerializer(many=True, help_text="Empty if any string is accepted.")


class VerificationSerializer(Serializer):
    """A way to verify webhook deliveries."""

    slug = serializers.CharField(help_text="The `verification` of a webhook.")
    name = serializers.CharField()
    needs = serializers.ListField(
        child=serializers.CharField(),
        help_text="Options that must be set before deliveries can be verified.",
    )


class PushesSerializer(Serializer):
    """The product's webhooks."""

    verifications = VerificationSerializer(
        many=True,
        help_text="The best one first. Empty if only the secret URL protects the webhook.",
    )
    tells_deletes = serializers.BooleanField(
        source="reports_deletions",
        help_text="Whether deletions are reported too. If not, the next sync finds them.",
    )


class ProviderSerializer(Serializer):
    """A registry product that can be connected."""

    slug = serializers.CharField(help_text="The `provider` of a registry.")
    name = serializers.CharField()
    hosts = serializers.ListField(
        child=serializers.CharField(),
        help_text="Host names that identify it; `*` stands for part of one label.",
    )
    credential_fields = CredentialFieldSerializer(many=True)
    options = ConnectionOptionSerializer(many=True)
    bulk_digests = serializers.BooleanField(
        help_text="Whether its listings include digests. If not, each tag costs a request."
    )
    page_size = serializers.IntegerField(help_text="Tags per page of such a listing.")
    pushes = PushesSerializer(allow_null=True)
    takes_pushes = serializers.BooleanField(
        help_text="Whether the schedule `on_push` is available: the product sends webhooks."
    )
