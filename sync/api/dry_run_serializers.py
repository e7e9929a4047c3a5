"""Dry runs in JSON: proposed settings, and the changes a sync would make."""

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
from sync.models import DRY_RUN_STATES, DryRun, DryRunChange

_VALUE = {
    "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
}


class ProposalSerializer(ModelSerializer):
    """Settings to try instead of the stored ones; an empty object tries the stored ones."""

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
    field = serializers.CharField(
        read_only=True, help_text="Path of the field in a registry's JSON."
    )
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
    """Numbers of tags a sync would add, move, remove and restore, and hold for review.

    `removed` is the sum of `gone` and `filtered`. `released` counts held tags that were found
    again.
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
    """A dry run in a list."""

    registry_id = serializers.IntegerField(read_only=True)
    registry = serializers.CharField(source="registry.name", read_only=True)
    requested_by = serializers.CharField(
        source="requested_by.username", read_only=True, allow_null=True, help_text="User name."
    )
    proposed_fields = serializers.SerializerMethodField(
        method_name="paths_of_proposal",
        help_text="Settings tried instead of the stored ones, as paths in a registry's JSON. "
        "Empty for a dry run with the stored settings.",
    )
    progress = DryRunProgressSerializer(source="*", read_only=True)
    changes = DryRunCountsSerializer(source="*", read_only=True)
    listed_changes = serializers.IntegerField(
        source="kept",
        read_only=True,
        help_text="How many changes `/changes` lists, at most 10,000; the counts are exact.",
    )
    due_before = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="When the next sync is due; null without a schedule.",
    )
    state = serializers.ChoiceField(choices=DRY_RUN_STATES, read_only=True)
    due_after = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When the next sync would be due as proposed."
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
    """The changes that a sync would make."""

    proposal = serializers.SerializerMethodField(
        help_text="Settings tried instead of the stored ones."
    )
    warnings = FailureSerializer(many=True, read_only=True)
    failed_repositories = FailedRepositorySerializer(
        many=True, read_only=True, help_text="Up to the first 100."
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
    """A change that a sync would make to one tag."""

    old_digest = TextOrNull(help_text="null if the tag is not in the inventory.")
    new_digest = TextOrNull(help_text="null if the tag would be removed or held.")
    reason = ChoiceOrNull(RemovedReason.choices, help_text="Why the tag would be removed.")

    class Meta:
        model = DryRunChange
        fields: ClassVar = ("id", "kind", "repository", "tag", "old_digest", "new_digest", "reason")
        read_only_fields = fields
