from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from harborguard.access.actor import Actor
from harborguard.access.models import Role
from harborguard.access.read_only_admin import ReadOnlyAdmin
from harborguard.access.roles import has_role
from registries.models import Registry
from sync.models import SyncRun, Trigger
from sync.runs.lifecycle import SyncInProgress
from sync.services.deleting import delete_registry
from sync.services.starting import start_sync


@admin.register(Registry)
class RegistryAdmin(ReadOnlyAdmin):
    """The admin pages of registries: read, sync and delete. The dashboard connects and changes
    them, where changes that concern credentials are checked."""

    list_display = ("name", "url", "provider", "status", "health", "image_count", "last_sync_at")
    list_filter = ("status", "provider", "schedule")
    search_fields = ("name", "url")
    actions = ("sync_now",)
    readonly_fields = (
        "status",
        "health",
        "last_sync_at",
        "last_attempt_at",
        "next_sync_at",
        "consecutive_failures",
        "error_code",
        "error_message",
        "error_hint",
        "repository_count",
        "image_count",
    )

    @admin.action(description="Sync Now")
    def sync_now(self, request: HttpRequest, registries: QuerySet[Registry]) -> None:
        for registry in registries:
            try:
                run = start_sync(registry.pk, Trigger.MANUAL, by=Actor.of(request))
            except SyncInProgress as refusal:
                self.message_user(request, f"Not queued: {refusal}.", messages.WARNING)
            else:
                self.message_user(request, f"Run {run.pk} of {registry.name} was queued.")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return has_role(request, Role.ADMIN)

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Return numbers instead of all rows: a registry may have a million of them."""
        registries = list(objs)
        told = [
            f"{registry}: {registry.repository_count} repositories, {registry.image_count} images "
            "and their history"
            for registry in registries
        ]
        return told, {"registries": len(registries)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Registry) -> None:
        try:
            delete_registry(obj, by=Actor.of(request))
        except Registry.DoesNotExist:
            raise Http404 from None

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Registry]) -> None:
        for registry in queryset:
            with suppress(Registry.DoesNotExist):  # somebody else was faster
                delete_registry(registry, by=Actor.of(request))


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "registry", "state", "trigger", "queued_at", "finished_at", "error_code")
    list_filter = ("state", "trigger", "registry")
    list_select_related: ClassVar = ("registry",)
    search_fields = ("registry__name", "error_code")


for model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(model)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ReadOnlyAdmin):
    """The schedule of beat. Each deploy rewrites it from the settings, so no page changes it."""

    list_display = ("name", "task", "interval", "enabled", "last_run_at")
    list_select_related: ClassVar = ("interval",)
