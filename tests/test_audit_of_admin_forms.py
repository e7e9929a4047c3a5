"""Every form and every action of Django's admin writes one entry, or is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat import models as beat

from harborguard.access.models import ApiKey, AuditEntry, Role, User
from inventory.models import Image, ImageEvent, Repository
from registries.models import Registry
from sync.models import SyncRun
from tests.api_client import caller
from tests.factories import make_finished_run, make_registry, make_user
from tests.pages import observe, signed_in

pytestmark = pytest.mark.django_db

NEW = "battery staple 7"
_NO_TASKS = {"periodictask_set-TOTAL_FORMS": "0", "periodictask_set-INITIAL_FORMS": "0"}
_CRON = dict.fromkeys(("minute", "hour", "day_of_week", "day_of_month", "month_of_year"), "5")
_NO_TIMES = dict.fromkeys(("start_time_0", "start_time_1", "expires_0", "expires_1"), "")
_TASK = {"name": "new", "regtask": "", "task": "sync.tick", "args": "[]", "kwargs": "{}"}
_PASSWORDS = {"usable_password": "true", "password1": NEW, "password2": NEW}
_AT = {"clocked_time_0": "2030-01-01", "clocked_time_1": "12:00:00"}

# What is written into the forms of what may be added and changed.
FILLED: Mapping[type[Model], dict[str, Any]] = {
    User: {"username": "new", "role": 60, "is_active": "on", **_PASSWORDS},
    beat.PeriodicTask: {**_TASK, **_NO_TIMES, "headers": "{}"},
    beat.IntervalSchedule: {"every": "7", "period": "hours", **_NO_TASKS},
    beat.CrontabSchedule: {**_CRON, "timezone": "UTC", **_NO_TASKS},
    beat.SolarSchedule: {"event": "sunset", "latitude": "1", "longitude": "2", **_NO_TASKS},
    beat.ClockedSchedule: {**_AT, **_NO_TASKS},
}


def interval() -> beat.IntervalSchedule:
    return beat.IntervalSchedule.objects.create(every=30, period="seconds")


def told_of(key: ApiKey) -> AuditEntry:
    return AuditEntry.objects.get(object_type="apikey", object_id=key.pk)


def seen(model: type[Model]) -> Model:
    observe(make_registry(), "team/app", {"v1": 1})
    return model._default_manager.get()


MADE: Mapping[type[Model], Callable[[], Model]] = {
    User: make_user,
    ApiKey: lambda: caller(Role.VIEWER).key,
    AuditEntry: lambda: told_of(caller(Role.VIEWER).key),
    Registry: make_registry,
    SyncRun: lambda: make_finished_run(make_registry()),
    Repository: lambda: observe(make_registry(), "team/app", {"v1": 1}),
    Image: lambda: seen(Image),
    ImageEvent: lambda: seen(ImageEvent),
    beat.PeriodicTask: lambda: beat.PeriodicTask.objects.create(
        name="ours", task="sync.tick", interval=interval()
    ),
    beat.IntervalSchedule: interval,
    beat.CrontabSchedule: beat.CrontabSchedule.objects.create,
    beat.SolarSchedule: lambda: beat.SolarSchedule.objects.create(
        event="sunrise", latitude=3, longitude=4
    ),
    beat.ClockedSchedule: lambda: beat.ClockedSchedule.objects.create(clocked_time=timezone.now()),
}
# They tell what was; and connections are made and changed in the dashboard.
_TOLD_ONLY = (ApiKey, AuditEntry, SyncRun, Repository, Image, ImageEvent)
REFUSED = {
    *((model, form) for model in _TOLD_ONLY for form in ("add", "change", "delete")),
    *((Registry, form) for form in ("add", "change")),
}
# It calls workers over the broker, and has a test of its own.
_CALLS = "run_tasks"


@pytest.fixture
def browser() -> Client:
    return signed_in(Role.ADMIN)


def page(model: type[Model], form: str, *ids: object) -> str:
    name = f"{model._meta.app_label}_{model._meta.model_name}_{form}"
    return reverse(f"admin:{name}", args=ids)


def entries() -> int:
    return AuditEntry.objects.count()


@pytest.mark.parametrize("form", ["add", "change", "delete"])
@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_a_form_is_told_once(browser: Client, model: type[Model], form: str) -> None:
    row = MADE[model]()
    sent = {"post": "yes", **FILLED.get(model, {})}
    if isinstance(row, beat.PeriodicTask):
        sent["interval"] = row.interval_id
    before = entries()

    answer = browser.post(page(model, form, *(() if form == "add" else (row.pk,))), sent)

    due = 403 if (model, form) in REFUSED else 302
    assert answer.status_code == due
    assert entries() - before == (due == 302)


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_an_action_is_told_once(browser: Client, model: type[Model]) -> None:
    row = MADE[model]()
    for action in offered(browser, model):
        # One that is on is not switched on, and that is no change.
        beat.PeriodicTask.objects.update(enabled=action != "enable_tasks")
        before = entries()
        with transaction.atomic():
            form = {"action": action, "_selected_action": [row.pk], "post": "yes"}
            answer = browser.post(page(model, "changelist"), form)
            assert (action, answer.status_code) == (action, 302)
            assert (action, entries() - before) == (action, 1)
            transaction.set_rollback(True)


def offered(browser: Client, model: type[Model]) -> list[str]:
    shown = browser.get(page(model, "changelist")).context["action_form"]
    choices = shown.fields["action"].choices if shown else []
    return [name for name, _ in choices if name and name != _CALLS]
