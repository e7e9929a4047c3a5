"""A registry's webhook in JSON, and what has come to it."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from harborguard.api.fields import StringField
from harborguard.api.serializers import ModelSerializer, Serializer
from registries.providers.shared.delivery import Action
from sync.models import PushDelivery


class WaySerializer(Serializer):
    """One way to prove a delivery."""

    slug = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    steps = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="What to set up at the product, with the address and the secret filled in.",
    )
    needs = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Options of the connection without which nothing is let in.",
    )


class WebhookSerializer(Serializer):
    """Where the registry tells of pushes, and how it proves itself. Address and secret are
    secrets."""

    url = serializers.CharField(read_only=True)
    secret = serializers.CharField(read_only=True)
    verification = StringField(max_length=40, help_text="The `slug` of one of `choices`.")
    choices = WaySerializer(many=True, read_only=True)
    previous_valid_until = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="Until when the address and the secret from before a rotation are good, too.",
    )
    last_received_at = serializers.DateTimeField(read_only=True, allow_null=True)


class NamedSerializer(Serializer):
    repository = serializers.CharField(read_only=True)
    tag = serializers.CharField(read_only=True, help_text="Empty: any of the repository's.")
    action = serializers.ChoiceField(choices=[(one, one) for one in Action], read_only=True)


class DeliverySerializer(ModelSerializer):
    """One call of a registry to its webhook, and what became of it."""

    delivery_id = serializers.CharField(read_only=True, help_text="The sender's own, if any.")
    event = serializers.CharField(read_only=True, help_text="The sender's word for it.")
    detail = serializers.CharField(read_only=True, help_text="Why, for a person.")
    named = NamedSerializer(many=True, read_only=True, help_text="At most the first 100.")
    run_id = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The run that has read what it named."
    )

    class Meta:
        model = PushDelivery
        fields: ClassVar = (
            "id",
            "received_at",
            "delivery_id",
            "event",
            "verdict",
            "detail",
            "named",
            "run_id",
        )
        read_only_fields = fields
