"""What went wrong, in JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from harborguard.api.serializers import Serializer
from registries.models import Registry
from sync.models import DryRun, SyncRun


class FailureSerializer(Serializer):
    """What went wrong, and what to check first."""

    code = serializers.CharField(read_only=True, help_text="Stable, for scripts.")
    message = serializers.CharField(read_only=True, help_text="What happened, to what.")
    hint = serializers.CharField(read_only=True, help_text="The first thing to check.")


@extend_schema_field(FailureSerializer(allow_null=True))
class FailureField(serializers.Field[Any, Any, Any, Any]):
    """The three ``error_*`` columns of a row as one object; null where there is no error."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, source="*", read_only=True)

    def to_representation(self, row: Registry | SyncRun | DryRun) -> dict[str, str] | None:
        if not row.error_code:
            return None
        return {"code": row.error_code, "message": row.error_message, "hint": row.error_hint}
