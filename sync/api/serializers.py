"""A registry and its runs in JSON."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from harborguard.api.serializers import ModelSerializer, Serializer
from registries.models import Credential, Registry
from sync.models import SyncRun


class FailureSerializer(Serializer):
    """What went wrong, and what to check first."""

    code = serializers.CharField(help_text="Stable, for scripts.")
    message = serializers.CharField(help_text="What happened, to what.")
    hint = serializers.CharField(help_text="The first thing to check.")


@extend_schema_field(FailureSerializer(allow_null=True))
class FailureField(serializers.Field[Any, Any, Any, Any]):
    """The three ``error_*`` columns of a row as one object; null where there is no error."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, source="*", read_only=True)

    def to_representation(self, row: Registry | SyncRun) -> dict[str, str] | None:
        if not row.error_code:
            return None
        return {"code": row.error_code, "message": row.error_message, "hint": row.error_hint}


class ProgressSerializer(ModelSerializer):
    """What has been read by the attempt that is on, or was the last."""

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
    """How many images the run has added, moved, removed, restored; and held back from removal."""

    class Meta:
        model = SyncRun
        fields: ClassVar = ("added", "moved", "removed", "restored", "held")
        read_only_fields = fields


class FailedRepositorySerializer(Serializer):
    repository = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class RunSummarySerializer(ModelSerializer):
    """A run as lists show it."""

    registry_id = serializers.IntegerField(read_only=True)
    registry = serializers.CharField(source="registry.name", read_only=True)
    requested_by = serializers.CharField(
        source="requested_by.username", read_only=True, default=None, help_text="A user's name."
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
    """One run, with what did not stop it."""

    warnings = FailureSerializer(many=True, read_only=True)
    failed_repositories = FailedRepositorySerializer(
        many=True, read_only=True, help_text="At most the first 100."
    )

    class Meta(RunSummarySerializer.Meta):
        fields = (*RunSummarySerializer.Meta.fields, "warnings", "failed_repositories")
        read_only_fields = fields


class StoredCredentialSerializer(ModelSerializer):
    """That there is a login; its secret is never told."""

    class Meta:
        model = Credential
        fields: ClassVar = ("username", "changed_at")
        read_only_fields = fields


class GlobsSerializer(Serializer):
    """Globs; what ``exclude`` matches is left out, whatever ``include`` says."""

    include = serializers.ListField(child=serializers.CharField(), required=False)
    exclude = serializers.ListField(child=serializers.CharField(), required=False)


@extend_schema_field(GlobsSerializer)
class GlobsField(serializers.Field[Any, Any, Any, Any]):
    """The columns ``<of>_include`` and ``<of>_exclude`` as one object."""

    def __init__(self, of: str, **kwargs: Any) -> None:
        super().__init__(**kwargs, source="*", read_only=True)
        self._of = of

    def to_representation(self, row: Registry) -> dict[str, list[str]]:
        return {part: getattr(row, f"{self._of}_{part}") for part in ("include", "exclude")}


class RegistrySerializer(ModelSerializer):
    """A connection, how it is, and the run that is on."""

    tag_filters = GlobsField("tag")
    repository_filters = GlobsField("repository")
    credential = StoredCredentialSerializer(read_only=True, allow_null=True)
    last_error = FailureField()
    held_removals = serializers.IntegerField(
        read_only=True, help_text="Images that are gone from the registry, kept until confirmed."
    )
    current_run = serializers.SerializerMethodField(help_text="The live run, or null.")

    class Meta:
        model = Registry
        fields: ClassVar = (
            "id",
            "name",
            "url",
            "provider",
            "insecure",
            "ca_pem",
            "trusted_realms",
            "schedule",
            "tag_filters",
            "repository_filters",
            "known_repositories",
            "credential",
            "status",
            "health",
            "last_sync_at",
            "last_attempt_at",
            "next_sync_at",
            "consecutive_failures",
            "last_error",
            "repository_count",
            "image_count",
            "held_removals",
            "current_run",
            "created_at",
        )
        read_only_fields = fields

    @extend_schema_field(RunSummarySerializer(allow_null=True))
    def get_currentRun(self, registry: Registry) -> Any:  # noqa: N802  named after its field
        live = registry.live_runs  # type: ignore[attr-defined]  # prefetched by the view
        return RunSummarySerializer(live[0]).data if live else None


class StartedSerializer(Serializer):
    success = serializers.BooleanField()
    message = serializers.CharField()
