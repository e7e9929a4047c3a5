"""A registry's webhook and its deliveries in JSON."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from harborguard.api.fields import StringField
from harborguard.api.serializers import ModelSerializer, Serializer
from registries.providers.shared.delivery import Action
from sync.models import PushDelivery


class WaySerializer(Serializer):
    """A way to verify deliveries."""

    slug = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    steps = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Setup instructions, with URL and secret filled in.",
    )
    needs = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Options of the connection that must be set before any delivery is accepted.",
    )


class WebhookSerializer(Serializer):
    """The webhook of a registry. URL and secret are confidential."""

    url = serializers.CharField(read_only=True)
    secret = serializers.CharField(read_only=True)
    verification = StringField(max_length=40, help_text="The `slug` of one of `choices`.")
    choices = WaySerializer(many=True, read_only=True)
    previous_valid_until = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="Until when the URL and secret from before a rotation stay valid.",
    )
    last_received_at = serializers.DateTimeField(read_only=True, allow_null=True)


class NamedSerializer(Serializer):
    repository = serializers.CharField(read_only=True)
    tag = serializers.CharField(read_only=True, help_text="Empty: any tag of the repository.")
    action = serializers.ChoiceField(choices=[(one, one) for one in Action], read_only=True)


class DeliverySerializer(ModelSerializer):
    """A webhook delivery, and its outcome."""

    delivery_id = serializers.CharField(read_only=True, help_text="The sender's id, if any.")
    event = serializers.CharField(read_only=True, help_text="The sender's name for the event.")
    detail = serializers.CharField(read_only=True, help_text="The reason, for people.")
    named = NamedSerializer(many=True, read_only=True, help_text="At most the first 100.")
    run_id = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The run that read what it named."
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
