"""The result of a connection test in JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from harborguard.api.serializers import Serializer
from registries.connection_test.stages import Outcome, StageResult
from registries.errors import Stage

_ABSENT_WHERE_EMPTY = ("code", "hint", "untrustedRealm")


class StageSerializer(Serializer):
    """One stage, in the order in which a connection passes them."""

    stage = serializers.ChoiceField(choices=[(stage, stage) for stage in Stage])
    outcome = serializers.ChoiceField(choices=[(outcome, outcome) for outcome in Outcome])
    detail = serializers.CharField(help_text="What was found, or what went wrong.")
    code = serializers.CharField(allow_null=True, help_text="Why it failed: stable, for scripts.")
    hint = serializers.CharField(allow_null=True, help_text="The first thing to check.")
    untrusted_realm = serializers.CharField(
        allow_null=True, help_text="The token server that would have to be trusted."
    )

    def to_representation(self, instance: StageResult) -> dict[str, Any]:
        found = super().to_representation(instance)
        return found | {name: found[name] or None for name in _ABSENT_WHERE_EMPTY}


class ConnectionTestSerializer(Serializer):
    ok = serializers.BooleanField(help_text="Whether every stage was passed.")
    stages = StageSerializer(many=True)
