"""Repositories, images and changes in JSON."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from harborguard.api.fields import ChoiceOrNull, TextOrNull
from harborguard.api.serializers import ModelSerializer
from inventory.kind import Kind
from inventory.models import Image, ImageEvent, RemovedReason, Repository
from inventory.pull_reference import pull_reference


class RepositorySummarySerializer(ModelSerializer):
    """A repository in a list."""

    registry_id = serializers.IntegerField(read_only=True)
    registry = serializers.CharField(
        source="registry.name", read_only=True, help_text="Name of the registry."
    )

    class Meta:
        model = Repository
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "registry_id",
            "registry",
            "name",
            "first_seen_at",
            "removed_at",
        )
        read_only_fields = fields


class RepositorySerializer(RepositorySummarySerializer):
    image_count = serializers.IntegerField(
        read_only=True,
        help_text="Active images, not counting signatures and attestations.",
    )

    class Meta(RepositorySummarySerializer.Meta):
        fields = (*RepositorySummarySerializer.Meta.fields, "image_count")
        read_only_fields = fields


class ImageSerializer(ModelSerializer):
    """A tag of a repository and its current digest."""

    registry_id = serializers.IntegerField(read_only=True)
    registry = serializers.CharField(
        source="registry.name", read_only=True, help_text="Name of the registry."
    )
    provider = serializers.CharField(source="registry.provider", read_only=True)
    repository_id = serializers.IntegerField(read_only=True)
    repository = serializers.CharField(
        source="repository.name", read_only=True, help_text="Name of the repository."
    )
    reference = serializers.SerializerMethodField(help_text="Reference for `docker pull`.")
    kind = serializers.ChoiceField(
        choices=[kind.value for kind in Kind],
        read_only=True,
        help_text="What the tag stands for: `image`, or an artifact that tools store under a tag "
        "named after an image's digest.",
    )
    size = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Size in bytes as reported by the registry; null if unknown.",
    )
    pushed_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="null if the registry does not report it."
    )
    platforms = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="For example, `linux/arm64/v8`; empty if unknown.",
    )
    artifact_type = serializers.CharField(read_only=True, help_text="Media type; empty if unknown.")
    removed_reason = ChoiceOrNull(RemovedReason.choices)

    class Meta:
        model = Image
        fields: ClassVar = (
            "id",
            "registry_id",
            "registry",
            "provider",
            "repository_id",
            "repository",
            "tag",
            "digest",
            "media_type",
            "kind",
            "size",
            "pushed_at",
            "platforms",
            "artifact_type",
            "reference",
            "first_seen_at",
            "changed_at",
            "removed_at",
            "removed_reason",
            "held_at",
        )
        read_only_fields = fields
        extra_kwargs: ClassVar = {
            "held_at": {
                "help_text": "When the image was found missing from its registry, if its removal "
                "is held for review."
            }
        }

    def get_reference(self, image: Image) -> str:
        return pull_reference(image.registry.url, image.repository.name, image.tag)


class EventSerializer(ModelSerializer):
    """A change of an image."""

    registry_id = serializers.IntegerField(read_only=True)
    registry = serializers.CharField(
        source="registry.name", read_only=True, help_text="Name of the registry."
    )
    repository = serializers.CharField(
        source="image.repository.name", read_only=True, help_text="Name of the repository."
    )
    tag = serializers.CharField(source="image.tag", read_only=True)
    image_id = serializers.IntegerField(read_only=True)
    old_digest = TextOrNull(help_text="null if the tag did not exist before.")
    new_digest = TextOrNull(help_text="null if the tag was removed.")
    reason = ChoiceOrNull(RemovedReason.choices, help_text="Why the image was removed.")

    class Meta:
        model = ImageEvent
        fields: ClassVar = (
            "id",
            "at",
            "kind",
            "registry_id",
            "registry",
            "repository",
            "tag",
            "image_id",
            "old_digest",
            "new_digest",
            "reason",
            "run_id",
            "actor",
        )
        read_only_fields = fields
