"""Runs and their errors in JSON."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from harborguard.api.serializers import ModelSerializer, Serializer
from registries.models import Registry
from sync.models import DryRun, SyncRun


class FailureSerializer(Serializer):
    """An error, and what to do about it."""

    code = serializers.CharField(read_only=True, help_text="Stable error code, for scripts.")
    message = serializers.CharField(read_only=True, help_text="What happened, and to what.")
    hint = serializers.CharField(read_only=True, help_text="What to do about it.")


@extend_schema_field(FailureSerializer(allow_null=True))
class FailureField(serializers.Field[Any, Any, Any, Any]):
    """The three ``error_*`` columns of a row as one object, or null without an error."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, source="*", read_only=True)

    def to_representation(self, row: Registry | SyncRun | DryRun) -> dict[str, str] | None:
        if not row.error_code:
            return None
        return {"code": row.error_code, "message": row.error_message, "hint": row.error_hint}


class ProgressSerializer(ModelSerializer):
    """Progress of the current or latest attempt."""

    class Meta:
        model = SyncRun
        fields: ClassVar = (
            "phase",
            "repositories_listed",
            "repositories_read",
            "repositories_failed",
            "tags_seen",
            "requests_sent",
            "bytes_read",
        )
        read_only_fields = fields


class ChangesSerializer(ModelSerializer):
    """Numbers of images the run added, moved, removed, restored, and held for review."""

    class Meta:
        model = SyncRun
        fields: ClassVar = ("added", "moved", "removed", "restored", "held")
        read_only_fields = fields


class FailedRepositorySerializer(Serializer):
    repository = serializers.CharField(read_only=True)
    code = serializers.CharField(read_only=True)
    message = serializers.CharField(read_only=True)


class RunSummarySerializer(ModelSerializer):
    """A run in a list."""

    registry_id = serializers.IntegerField(read_only=True)
    registry = serializers.CharField(source="registry.name", read_only=True)
    requested_by = serializers.CharField(
        source="requested_by.username", read_only=True, allow_null=True, help_text="User name."
    )
    progress = ProgressSerializer(source="*", read_only=True)
    changes = ChangesSerializer(source="*", read_only=True)
    error = FailureField()

    class Meta:
        model = SyncRun
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "registry_id",
            "registry",
            "trigger",
            "requested_by",
            "state",
            "attempt",
            "queued_at",
            "started_at",
            "finished_at",
            "progress",
            "changes",
            "error",
        )
        read_only_fields = fields


class RunSerializer(RunSummarySerializer):
    """A run with its warnings and failed repositories."""

    warnings = FailureSerializer(many=True, read_only=True)
    failed_repositories = FailedRepositorySerializer(
        many=True, read_only=True, help_text="Up to the first 100."
    )

    class Meta(RunSummarySerializer.Meta):
        fields = (*RunSummarySerializer.Meta.fields, "warnings", "failed_repositories")
        read_only_fields = fields


class StartedSerializer(Serializer):
    success = serializers.BooleanField()
    message = serializers.CharField()
