from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from harborguard.access.models import AuditEntry
from harborguard.demo.passing_time import let_pass
from inventory.models import Image, ImageEvent, Repository
from registries.models import Registry
from sync.models import Sweep, SyncRun
from tests.factories import make_finished_run, make_registry
from tests.pages import observe

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_whatever_was_recorded_is_a_day_older() -> None:
    registry = make_registry()
    make_finished_run(registry)
    observe(registry, "team/app", {"v1": 1})
    before = recorded()

    let_pass(DAY)

    assert recorded() == [time and time - DAY for time in before]
    assert None in before


def recorded() -> list[datetime | None]:
    """Times of every table, and of columns that are null."""
    return [
        *SyncRun.objects.values_list("queued_at", "started_at", "finished_at").get(),
        *Repository.objects.values_list("first_seen_at", "removed_at").get(),
        *Image.objects.values_list("first_seen_at", "changed_at", "held_at").get(),
        *ImageEvent.objects.values_list("at").get(),
        *Registry.objects.values_list("created_at", "last_sync_at", "next_sync_at").get(),
    ]


def test_a_row_is_found_by_its_own_time_afterwards() -> None:
    make_finished_run(make_registry())
    let_pass(DAY)

    finished_at = SyncRun.objects.values_list("finished_at", flat=True).get()
    assert finished_at
    assert SyncRun.objects.filter(finished_at=finished_at).exists()
    assert not SyncRun.objects.filter(finished_at__lt=finished_at).exists()


def test_the_tick_and_the_audit_trail_stay_in_the_present() -> None:
    Sweep.record()
    make_registry()
    swept_at, told_at = Sweep.objects.get().swept_at, AuditEntry.objects.get().at

    let_pass(DAY)

    assert Sweep.objects.get().swept_at == swept_at
    assert AuditEntry.objects.get().at == told_at
