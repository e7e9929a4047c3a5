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


class ChoiceSerializer(Serializer):
    """A value that an option may have."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]

    def to_representation(self, instance: tuple[str, str]) -> dict[str, str]:
        value, label = instance
        return {"value": value, "label": label}


class ConnectionOptionSerializer(Serializer):
    """One more thing that the product must be told of a connection."""

    name = serializers.CharField(help_text="A member of a registry's `options`.")
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    required = serializers.BooleanField(source="is_required")  # type: ignore[assignment]
    list = serializers.BooleanField(
        source="is_list", help_text="Whether its value is a list of texts, or one text."
    )
    leads_credential = serializers.BooleanField(
        help_text="Whether the credential goes where it says: a change of it drops the credential."
    )
    choices = ChoiceSerializer(many=True, help_text="Empty where any text is taken.")


class VerificationSerializer(Serializer):
    """A way of the product to prove that a delivery is its own."""

    slug = serializers.CharField(help_text="The `verification` of a webhook.")
    name = serializers.CharField()
    needs = serializers.ListField(
        child=serializers.CharField(), help_text="Options without which it cannot be checked."
    )


class PushesSerializer(Serializer):
    """How the product tells of pushes."""

    verifications = VerificationSerializer(
        many=True, help_text="The best first; none where the secret address is all there is."
    )
    tells_deletes = serializers.BooleanField(
        help_text="Whether it also tells what was deleted; else a sync finds it."
    )


class ProviderSerializer(Serializer):
    """A registry product that can be connected."""

    slug = serializers.CharField(help_text="The `provider` of a registry.")
    name = serializers.CharField()
    hosts = serializers.ListField(
        child=serializers.CharField(),
        help_text="Host names that it is known by; `*` stands for a part of one label.",
    )
    credential_fields = CredentialFieldSerializer(many=True)
    options = ConnectionOptionSerializer(many=True)
    bulk_digests = serializers.BooleanField(
        help_text="Whether its listings tell digests; else each tag costs a request."
    )
    page_size = serializers.IntegerField(help_text="Tags in one page of such a listing.")
    pushes = PushesSerializer(allow_null=True)
    takes_pushes = serializers.BooleanField(
        help_text="Whether the schedule `on_push` is served by the product's own events."
    )
