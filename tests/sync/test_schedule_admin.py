from __future__ import annotations

import pytest
from django.contrib import admin as site
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from harborguard.access.models import AuditEntry, Role
from sync.schedule_admin import AuditedAdmin
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


@pytest.fixture
def task() -> PeriodicTask:
    every = IntervalSchedule.objects.create(every=30, period="seconds")
    return PeriodicTask.objects.create(name="ours", task="sync.tick", interval=every)


def entry() -> AuditEntry:
    found = AuditEntry.objects.get()
    assert found.action == "schedule.changed"
    return found


def run(admin: Client, action: str, task: PeriodicTask) -> None:
    form = {"action": action, "_selected_action": [task.pk], "post": "yes"}
    answer = admin.post(reverse("admin:django_celery_beat_periodictask_changelist"), form)
    assert answer.status_code == 302


def test_every_page_of_the_schedule_is_audited() -> None:
    pages = {
        model: page
        for model, page in site.site._registry.items()
        if model._meta.app_label == "django_celery_beat"
    }

    assert len(pages) == 5
    assert all(isinstance(page, AuditedAdmin) for page in pages.values())


def test_a_new_schedule_is_told(admin: Client) -> None:
    form = {"every": "7", "period": "hours"} | dict.fromkeys(
        ("periodictask_set-TOTAL_FORMS", "periodictask_set-INITIAL_FORMS"), "0"
    )

    admin.post(reverse("admin:django_celery_beat_intervalschedule_add"), form)

    assert entry().object_id == IntervalSchedule.objects.get(every=7).pk
    assert entry().changes == {
        "every": {"from": None, "to": 7},
        "period": {"from": None, "to": "hours"},
    }


def test_a_changed_task_is_told_with_what_was_different(admin: Client, task: PeriodicTask) -> None:
    form = {
        "name": "theirs",
        "regtask": "",
        "task": task.task,
        "interval": task.interval_id,
        "args": "[]",
        "kwargs": "{}",
        "headers": "{}",
        "start_time_0": "",
        "start_time_1": "",
        "expires_0": "",
        "expires_1": "",
    }

    admin.post(reverse("admin:django_celery_beat_periodictask_change", args=[task.pk]), form)

    task.refresh_from_db()
    assert (task.name, task.enabled) == ("theirs", False)
    assert entry().object_type == "periodictask"
    assert entry().changes == {
        "name": {"from": "ours", "to": "theirs"},
        "enabled": {"from": True, "to": False},
    }


@pytest.mark.parametrize("action", ["disable_tasks", "toggle_tasks"])
def test_a_task_that_is_switched_off_is_told(
    admin: Client, task: PeriodicTask, action: str
) -> None:
    run(admin, action, task)

    task.refresh_from_db()
    assert not task.enabled
    assert entry().changes == {"enabled": {"from": True, "to": False}}
    assert PeriodicTasks.last_change() is not None


def test_a_task_that_is_on_and_switched_on_is_no_entry(admin: Client, task: PeriodicTask) -> None:
    run(admin, "enable_tasks", task)

    assert not AuditEntry.objects.exists()


@pytest.mark.needs_redis
def test_a_task_that_is_run_by_hand_is_told(admin: Client, task: PeriodicTask) -> None:
    run(admin, "run_tasks", task)

    assert entry().changes == {"run": {"from": None, "to": "now"}}


def test_deleting_is_told_of_one_and_of_many(admin: Client, task: PeriodicTask) -> None:
    run(admin, "delete_selected", task)

    assert not PeriodicTask.objects.exists()
    assert entry().object_id == task.pk
    assert entry().changes["name"] == {"from": "ours", "to": None}
