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
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from harborguard.access.models import ApiKey, AuditEntry, Role, User
from inventory.models import Image, ImageEvent, Repository
from registries.models import Registry
from sync.models import SyncRun
from tests.api_client import caller
from tests.factories import make_finished_run, make_registry, make_user
from tests.pages import observe, signed_in

pytestmark = pytest.mark.django_db

NEW = "battery staple 7"
_PASSWORDS = {"usable_password": "true", "password1": NEW, "password2": NEW}

# What is written into the forms of what may be added and changed.
FILLED: Mapping[type[Model], dict[str, Any]] = {
    User: {"username": "new", "role": 60, "is_active": "on", **_PASSWORDS},
}


def scheduled() -> PeriodicTask:
    every = IntervalSchedule.objects.create(every=30, period="seconds")
    return PeriodicTask.objects.create(name="ours", task="sync.tick", interval=every)


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
    PeriodicTask: scheduled,
}
# They tell what was; and connections are made and changed in the dashboard.
_TOLD_ONLY = (ApiKey, AuditEntry, SyncRun, Repository, Image, ImageEvent, PeriodicTask)
REFUSED = {
    *((model, form) for model in _TOLD_ONLY for form in ("add", "change", "delete")),
    *((Registry, form) for form in ("add", "change")),
}


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
    before = entries()

    answer = browser.post(page(model, form, *(() if form == "add" else (row.pk,))), sent)

    due = 403 if (model, form) in REFUSED else 302
    assert answer.status_code == due
    assert entries() - before == (due == 302)


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_an_action_is_told_once(browser: Client, model: type[Model]) -> None:
    row = MADE[model]()
    for action in offered(browser, model):
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
    return [name for name, _ in choices if name]
