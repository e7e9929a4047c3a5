from __future__ import annotations

from django.contrib import admin

from harborguard.access.read_only_admin import ReadOnlyAdmin
from inventory.models import Image, ImageEvent, Repository


@admin.register(Repository)
class RepositoryAdmin(ReadOnlyAdmin):
    list_display = ("name", "registry", "first_seen_at", "removed_at")
    list_filter = ("registry",)
    list_select_related = ("registry",)
    search_fields = ("name",)


@admin.register(Image)
class ImageAdmin(ReadOnlyAdmin):
    list_display = ("tag", "kind", "repository", "registry", "digest", "changed_at", "removed_at")
    list_filter = ("registry", "kind", "removed_reason")
    list_select_related = ("registry", "repository")
    search_fields = ("tag", "repository__name", "digest")


@admin.register(ImageEvent)
class ImageEventAdmin(ReadOnlyAdmin):
    list_display = (
        "at",
        "kind",
        "image",
        "registry",
        "old_digest",
        "new_digest",
        "run_id",
        "actor",
    )
    list_filter = ("kind", "registry")
    list_select_related = ("registry", "image")
    search_fields = ("image__tag", "image__repository__name", "old_digest", "new_digest")
