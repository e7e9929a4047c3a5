"""The main job on the real thing: a registry, its inventory, and every change to it."""

from __future__ import annotations

from collections import Counter

import pytest

from inventory.models import Image, ImageEvent, Repository
from sync.models import State
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, inventory_of, sync

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.both_databases]
NAMES = [f"team-{number % 7}/app-{number:03}" for number in range(199)]
TAGS = [f"v1.{number}" for number in range(10)]


def test_two_hundred_repositories_are_read_and_followed_through_every_change(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry()
    service.seed(NAMES, TAGS)
    emptied = service.push_image("team-0/emptied", "only", seed=1)
    service.delete_manifest("team-0/emptied", emptied)
    registry = connect(service)

    first = sync(registry)
    assert first.state == State.SUCCEEDED, first.error_message
    assert inventory_of(registry) == service.inventory()
    assert (first.repositories_listed, first.repositories_read) == (200, 200)
    assert (first.tags_seen, first.added) == (1990, 1990)
    assert first.requests_sent > 2190
    assert first.bytes_read > 0
    assert ImageEvent.objects.filter(kind="added", run_id=first.pk).count() == 1990

    moved = service.push_image(NAMES[0], TAGS[0], seed="moved")
    service.delete_tag(NAMES[1], TAGS[1])
    service.seed(["team-9/new"], TAGS[:2])
    service.delete_repository(NAMES[2])
    second = sync(registry)
    assert second.state == State.SUCCEEDED, second.error_message
    assert inventory_of(registry) == service.inventory()
    events = ImageEvent.objects.filter(run_id=second.pk)
    assert Counter(events.values_list("kind", flat=True)) == {
        "moved": 1,
        "removed": 1 + len(TAGS),
        "added": 2,
    }
    assert (second.moved, second.removed, second.added) == (1, 1 + len(TAGS), 2)
    assert events.get(kind="moved").new_digest == moved
    assert set(events.filter(kind="removed").values_list("reason", flat=True)) == {"gone"}


def test_an_unchanged_registry_writes_no_image_and_no_repository_row(
    docker_registry: DockerRegistryFactory, django_capture_on_commit_callbacks: object
) -> None:
    service = docker_registry()
    service.seed(NAMES[:5], TAGS[:3])
    registry = connect(service)
    sync(registry)
    before = rows()
    again = sync(registry)
    assert rows() == before
    assert (again.added, again.moved, again.removed, again.restored) == (0, 0, 0, 0)


def rows() -> list[object]:
    """Every row with its place in the table, where PostgreSQL tells it: a rewrite moves it."""
    from django.db import connection

    place = "ctid::text" if connection.vendor == "postgresql" else "rowid"
    found: list[object] = []
    with connection.cursor() as cursor:
        for model in (Repository, Image, ImageEvent):
            table = model._meta.db_table
            cursor.execute(f'SELECT {place}, t.* FROM "{table}" t ORDER BY id')
            found += cursor.fetchall()
    return found
