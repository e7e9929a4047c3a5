"""Beat's one entry, in the database where the admin sees it."""

import pytest
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from harborguard import celery_app
from sync import tasks

# Beat closes and opens its own connection.
pytestmark = pytest.mark.django_db(transaction=True)


def start_beat() -> None:
    DatabaseScheduler(app=celery_app, lazy=False)


def test_beat_rings_the_tick_every_thirty_seconds() -> None:
    start_beat()
    entry = PeriodicTask.objects.get(name="sync tick")
    assert (entry.task, entry.interval.every, entry.interval.period) == (
        tasks.tick.name,
        30,
        "seconds",
    )
    assert entry.enabled


def test_a_restart_keeps_what_an_admin_has_switched_off() -> None:
    start_beat()
    PeriodicTask.objects.filter(name="sync tick").update(enabled=False)
    start_beat()
    assert not PeriodicTask.objects.get(name="sync tick").enabled
