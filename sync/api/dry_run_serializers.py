"""Dry runs in JSON: what is proposed, and what a sync would change."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from harborguard.api.fields import ChoiceOrNull, StringListField, TextOrNull
from harborguard.api.serializers import ModelSerializer, Serializer
from inventory.models import RemovedReason
from registries.models import Registry
from registries.validation import KNOWN_MOST
from sync.api.connection_serializers import RepositoryFiltersSerializer, TagFiltersSerializer
from sync.api.problems import path_of
from sync.api.run_serializers import FailedRepositorySerializer, FailureField, FailureSerializer
from sync.models import DryRun, DryRunChange

_VALUE = {
    "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
}


class ProposalSerializer(ModelSerializer):
    """What is to be tried in place of the connection's own settings; nothing: a sync as it is."""

    tag_filters = TagFiltersSerializer(source="*", required=False)
    repository_filters = RepositoryFiltersSerializer(source="*", required=False)
    known_repositories = StringListField(max_length=KNOWN_MOST, required=False)

    class Meta:
        model = Registry
        fields: ClassVar = ("schedule", "tag_filters", "repository_filters", "known_repositories")


@extend_schema_field(_VALUE)
class _SettingField(serializers.Field[Any, Any, Any, Any]):
    def to_representation(self, value: str | list[str]) -> str | list[str]:
        return value


class ProposedSettingSerializer(Serializer):
    field = serializers.CharField(read_only=True, help_text="As a registry has it in the API.")
    current = _SettingField(read_only=True)
    proposed = _SettingField(read_only=True)


class DryRunProgressSerializer(ModelSerializer):
    class Meta:
        model = DryRun
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


class DryRunCountsSerializer(ModelSerializer):
    """How many tags a sync would add, move, remove, restore; and hold back from removal.

    `removed` is `gone` and `filtered` together. `released`: held by now, and seen again.
    """

    removed = serializers.IntegerField(read_only=True)

    class Meta:
        model = DryRun
        fields: ClassVar = (
            "added",
            "moved",
            "removed",
            "gone",
            "filtered",
            "restored",
            "held",
            "released",
            "repositories_added",
            "repositories_restored",
            "repositories_retired",
        )
        read_only_fields = fields


class DryRunSummarySerializer(ModelSerializer):
    """A dry run as lists show it."""

    registry_id = serializers.IntegerField(read_only=True)
    registry = serializers.CharField(source="registry.name", read_only=True)
    requested_by = serializers.CharField(
        source="requested_by.username", read_only=True, allow_null=True, help_text="A user's name."
    )
    proposed_fields = serializers.SerializerMethodField(
        method_name="paths_of_proposal",
        help_text="What is tried in place of the connection's own settings, as a registry has it "
        "in the API. Empty: a sync as it is.",
    )
    progress = DryRunProgressSerializer(source="*", read_only=True)
    changes = DryRunCountsSerializer(source="*", read_only=True)
    listed_changes = serializers.IntegerField(
        source="kept",
        read_only=True,
        help_text="How many of them `/changes` lists, 10,000 at most; the counts are exact.",
    )
    due_before = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When the next sync is due. null: no schedule."
    )
    due_after = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When it would be, as proposed."
    )
    error = FailureField()

    class Meta:
        model = DryRun
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "registry_id",
            "registry",
            "requested_by",
            "state",
            "queued_at",
            "started_at",
            "finished_at",
            "proposed_fields",
            "progress",
            "changes",
            "listed_changes",
            "due_before",
            "due_after",
            "error",
        )
        read_only_fields = fields

    def paths_of_proposal(self, found: DryRun) -> list[str]:
        return [path_of(name) for name in sorted(found.proposed)]


class DryRunSerializer(DryRunSummarySerializer):
    """What a sync would change. Nothing of it is written."""

    proposal = serializers.SerializerMethodField(
        help_text="What is tried in place of the connection's own settings."
    )
    warnings = FailureSerializer(many=True, read_only=True)
    failed_repositories = FailedRepositorySerializer(
        many=True, read_only=True, help_text="At most the first 100."
    )

    class Meta(DryRunSummarySerializer.Meta):
        fields = (
            *DryRunSummarySerializer.Meta.fields,
            *("proposal", "warnings", "failed_repositories"),
        )
        read_only_fields = fields

    @extend_schema_field(ProposedSettingSerializer(many=True))
    def get_proposal(self, found: DryRun) -> Any:
        rows = [
            {"field": path_of(name), "current": before, "proposed": proposed}
            for name, before, proposed in found.trials
        ]
        return ProposedSettingSerializer(rows, many=True).data


class DryRunChangeSerializer(ModelSerializer):
    """What a sync would do to one tag."""

    old_digest = TextOrNull(help_text="null: it is not in the inventory.")
    new_digest = TextOrNull(help_text="null: it leaves the inventory, or is held.")
    reason = ChoiceOrNull(RemovedReason.choices, help_text="Why it would be removed.")

    class Meta:
        model = DryRunChange
        fields: ClassVar = ("id", "kind", "repository", "tag", "old_digest", "new_digest", "reason")
        read_only_fields = fields
