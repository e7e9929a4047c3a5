"""The admin pages of Celery beat's schedule, with audit entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django_celery_beat import admin as beat
from django_celery_beat import models

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry

Action = Callable[[Any, HttpRequest, QuerySet[Any]], None]


class AuditedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        before = _told(self.model._default_manager.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)
        self._record(request, obj, before, _told(obj))

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self._record(request, obj, _told(obj), {})
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    @contextmanager
    def recorded(self, request: HttpRequest, rows: QuerySet[Any]) -> Iterator[None]:
        """Record changes of rows in the audit trail."""
        with transaction.atomic():
            before = {row.pk: _told(row) for row in rows}
            yield
            for row in self.model._default_manager.filter(pk__in=before):
                self._record(request, row, before[row.pk], _told(row))

    def _record(
        self, request: HttpRequest, row: Model, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        changes = {
            name: (before.get(name), after.get(name))
            for name in before | after
            if before.get(name) != after.get(name)
        }
        if changes:
            record(request, row, changes)


def record(request: HttpRequest, row: Model, changes: dict[str, tuple[Any, Any]]) -> None:
    by = Actor.of(request)
    audit.record(AuditEntry.Action.SCHEDULE_CHANGED, by=by, on=row, changes=changes)


def _told(row: Model) -> dict[str, Any]:
    """Return the editable values that are not empty."""
    fields = [field for field in row._meta.concrete_fields if field.editable]
    values = {f.name: getattr(row, f.name) for f in fields if not f.primary_key}
    return {name: _as_json(value) for name, value in values.items() if value not in {None, ""}}


def _as_json(value: Any) -> Any:
    return value if isinstance(value, bool | int | str) else str(value)


def _audited(action: Action) -> Action:
    @wraps(action)
    def audited(self: AuditedAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with self.recorded(request, queryset):
            action(self, request, queryset)

    return audited


class PeriodicTaskAdmin(AuditedAdmin, beat.PeriodicTaskAdmin):  # type: ignore[misc]  # not typed
    enable_tasks = _audited(beat.PeriodicTaskAdmin.enable_tasks)
    disable_tasks = _audited(beat.PeriodicTaskAdmin.disable_tasks)
    toggle_tasks = _audited(beat.PeriodicTaskAdmin.toggle_tasks)

    @admin.action(description="Run selected tasks")
    @transaction.atomic
    def run_tasks(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for task in queryset:
            record(request, task, {"run": (None, "now")})
        super().run_tasks(request, queryset)


class ScheduleAdmin(AuditedAdmin, beat.ScheduleAdmin):  # type: ignore[misc]  # not typed
    pass


class ClockedScheduleAdmin(AuditedAdmin, beat.ClockedScheduleAdmin):  # type: ignore[misc]  # not typed
    pass


class CrontabScheduleAdmin(AuditedAdmin, beat.CrontabScheduleAdmin):  # type: ignore[misc]  # not typed
    pass


PAGES: dict[type[Model], type[AuditedAdmin]] = {
    models.PeriodicTask: PeriodicTaskAdmin,
    models.ClockedSchedule: ClockedScheduleAdmin,
    models.CrontabSchedule: CrontabScheduleAdmin,
    models.IntervalSchedule: ScheduleAdmin,
    models.SolarSchedule: ScheduleAdmin,
}
