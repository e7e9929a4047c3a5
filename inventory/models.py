"""The inventory: repositories, images, and the history of every change.

Rows are kept when something is removed from a registry: ``removed_at`` is when it left the active
inventory. Only ``inventory.services`` writes them.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length

from inventory.byte_order import LOOKUPS
from inventory.kind import Kind
from registries.models import Registry
from registries.oci.media_types import MEDIA_TYPE_MAX_LENGTH
from registries.oci.reference import DIGEST_MAX_LENGTH, REPOSITORY_MAX_LENGTH, TAG_MAX_LENGTH

for _lookup in (Length, *LOOKUPS):
    models.CharField.register_lookup(_lookup)


class Repository(models.Model):
    # Foreign keys covered by another index have none of their own.
    registry = models.ForeignKey(
        Registry, on_delete=models.CASCADE, related_name="repositories", db_index=False
    )
    name = models.CharField(max_length=REPOSITORY_MAX_LENGTH)
    first_seen_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "repositories"
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["registry", "name"], name="repository_once_a_registry"),
        ]
        indexes: ClassVar = [models.Index(fields=["name", "id"], name="repository_by_name")]

    def __str__(self) -> str:
        return self.name


class RemovedReason(models.TextChoices):
    GONE = "gone", "no longer in the registry"
    FILTERED = "filtered", "outside the filters"


class Image(models.Model):
    """A tag of a repository, and the digest it points to.

    ``kind`` tells images from signatures and attestations, which are tags too. ``size`` to
    ``artifact_type`` are details of the digest, if the registry reports them.

    ``held_at`` is set if the image is missing from the registry, but an unusually large removal
    has to be confirmed first; until then the image stays active (docs/decisions/0004).
    """

    registry = models.ForeignKey(
        Registry, on_delete=models.CASCADE, related_name="images", db_index=False
    )
    repository = models.ForeignKey(
        Repository, on_delete=models.CASCADE, related_name="images", db_index=False
    )
    tag = models.CharField(max_length=TAG_MAX_LENGTH)
    digest = models.CharField(max_length=DIGEST_MAX_LENGTH)
    media_type = models.CharField(max_length=MEDIA_TYPE_MAX_LENGTH, blank=True)
    kind = models.CharField(
        max_length=12, choices=[(kind.value, kind.value) for kind in Kind], default=Kind.IMAGE.value
    )
    size = models.BigIntegerField(null=True, help_text="Bytes, as the registry counts them")
    pushed_at = models.DateTimeField(null=True)
    platforms = models.JSONField(default=list, help_text='Such as "linux/arm64/v8", sorted')
    artifact_type = models.CharField(max_length=MEDIA_TYPE_MAX_LENGTH, blank=True)
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When the tag last began to point to its digest")
    removed_at = models.DateTimeField(null=True)
    removed_reason = models.CharField(max_length=10, choices=RemovedReason.choices, blank=True)
    held_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["tag"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["repository", "tag"], name="image_once_a_repository"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_reason="")
                | Q(removed_at__isnull=False) & ~Q(removed_reason=""),
                name="image_removed_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(tag__length__gt=0, tag__length__lte=TAG_MAX_LENGTH),
                name="image_tag_has_a_length",
            ),
        ]
        # Removed images have indexes of their own, which cost a first sync nothing.
        indexes: ClassVar = [
            models.Index(
                fields=["registry", "id"], condition=Q(removed_at__isnull=True), name="image_active"
            ),
            models.Index(
                fields=["registry", "id"],
                condition=Q(removed_at__isnull=False),
                name="image_removed",
            ),
            models.Index(
                fields=["removed_at", "id"],
                condition=Q(removed_at__isnull=False),
                name="image_removed_at",
            ),
            models.Index(
                fields=["registry"], condition=Q(held_at__isnull=False), name="image_held"
            ),
            models.Index(
                fields=["registry", "kind", "id"],
                condition=~Q(kind=Kind.IMAGE.value),
                name="image_companion",
            ),
            models.Index(fields=["changed_at", "id"], name="image_changed_at"),
            # Pattern operators serve LIKE 'prefix%' in every collation, and ``byte_order``.
            models.Index(
                fields=["tag", "id"],
                opclasses=["varchar_pattern_ops", "int8_ops"],
                name="image_tag",
            ),
            models.Index(
                fields=["registry", "tag", "id"],
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
                name="image_registry_tag",
            ),
            models.Index(fields=["digest"], opclasses=["varchar_pattern_ops"], name="image_digest"),
        ]

    def __str__(self) -> str:
        return self.tag


class ImageEvent(models.Model):
    """A change of an image. Never updated, and kept when runs are pruned.

    Only ``inventory.feed.append`` writes events, so that readers of the feed miss none.
    """

    class Kind(models.TextChoices):
        ADDED = "added"
        MOVED = "moved"
        REMOVED = "removed"
        RESTORED = "restored"

    registry = models.ForeignKey(
        Registry, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    image = models.ForeignKey(
        Image, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    old_digest = models.CharField(max_length=DIGEST_MAX_LENGTH, blank=True)
    new_digest = models.CharField(max_length=DIGEST_MAX_LENGTH, blank=True)
    reason = models.CharField(max_length=10, choices=RemovedReason.choices, blank=True)
    at = models.DateTimeField()
    run_id = models.BigIntegerField(help_text="The sync run that saw the change")
    actor = models.CharField(max_length=200, help_text="Who or what started that run")

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["registry", "-id"], name="event_newest"),
            models.Index(fields=["image", "-id"], name="event_of_image"),
            models.Index(fields=["kind", "id"], name="event_of_kind"),
            models.Index(fields=["run_id", "id"], name="event_run"),
            models.Index(fields=["at"], name="event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.image_id}"
