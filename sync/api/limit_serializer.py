"""The limits that a registry is read under, in JSON."""

from __future__ import annotations

from rest_framework import serializers

from harborguard.api.fields import TextOrNull
from harborguard.api.serializers import Serializer


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
