from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from harborguard.access.models import Role
from inventory import feed
from inventory.models import ImageEvent, RemovedReason
from inventory.services import remove
from registries.models import Registry
from tests.api_client import Caller, caller
from tests.factories import make_registry
from tests.other_connection import OtherConnection, other_connection
from tests.pages import author, image_ids, observe
from tests.wait import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs_postgresql]


@pytest.fixture
def registry() -> Registry:
    """A registry with one image and its event."""
    registry = make_registry()
    observe(registry, "team/app", {"v1": 1})
    return registry


@pytest.fixture
def reader() -> Caller:
    return caller(Role.VIEWER)


@pytest.fixture
def worker() -> Iterator[OtherConnection]:
    with other_connection() as worker:
        yield worker


def append(registry: Registry, run_id: int) -> None:
    """Write an event of a run directly, since two syncs never write the same registry."""
    by = author(registry, run_id)
    moved = ImageEvent(
        registry=registry,
        image_id=image_ids(registry)[0],
        kind=ImageEvent.Kind.MOVED,
        at=by.at,
        run_id=run_id,
        actor=by.actor,
    )
    feed.append([moved])


def announce(last_id: int) -> None:
    """Act as a writer that read the sequence some time ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared((%s::bigint << 48) | %s)", [0x4847, last_id]
        )


def record_a_move(registry: Registry, run_id: int) -> None:
    observe(registry, "team/app", {"v1": 2}, run_id=run_id)


def remove_everything(registry: Registry, run_id: int) -> None:
    remove(image_ids(registry), RemovedReason.GONE, author(registry, run_id))


def runs(reader: Caller, after: str = "0") -> tuple[list[int], str]:
    """Return the runs of the events in the feed, and its cursor."""
    page = reader.get(f"/api/events?after={after}").json()
    return [event["runId"] for event in page["results"]], page["cursor"]


def test_the_feed_waits_for_an_uncommitted_event(
    registry: Registry, reader: Caller, worker: OtherConnection
) -> None:
    _, cursor = runs(reader)
    worker.begin()
    worker.do(lambda: append(registry, 2))
    append(registry, 3)

    assert runs(reader, cursor) == ([], cursor)

    worker.commit()

    assert runs(reader, cursor)[0] == [2, 3]


def test_earlier_committed_events_are_not_held_back(
    registry: Registry, reader: Caller, worker: OtherConnection
) -> None:
    append(registry, 2)
    worker.begin()
    worker.do(lambda: append(registry, 3))

    assert runs(reader)[0] == [1, 2]
    worker.commit()


def test_the_feed_waits_for_the_very_first_event_too(
    registry: Registry, reader: Caller, worker: OtherConnection
) -> None:
    ImageEvent.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE inventory_imageevent_id_seq RESTART")
    worker.begin()
    worker.do(lambda: append(registry, 2))
    append(registry, 3)

    assert runs(reader) == ([], "0")

    worker.commit()

    assert runs(reader)[0] == [2, 3]


def test_a_writer_that_dies_does_not_block_the_feed(
    registry: Registry, reader: Caller, worker: OtherConnection
) -> None:
    _, cursor = runs(reader)
    worker.begin()
    worker.do(lambda: append(registry, 2))
    append(registry, 3)

    worker.die()

    wait_until(lambda: runs(reader, cursor)[0] == [3], "its lock has gone with it")


def test_a_cursor_never_moves_back(
    registry: Registry, reader: Caller, worker: OtherConnection
) -> None:
    append(registry, 2)
    _, cursor = runs(reader)
    worker.begin()
    worker.do(lambda: announce(int(cursor) - 1))

    assert runs(reader, cursor) == ([], cursor)
    worker.commit()


def test_latest_is_before_uncommitted_events(
    registry: Registry, reader: Caller, worker: OtherConnection
) -> None:
    worker.begin()
    worker.do(lambda: append(registry, 2))
    append(registry, 3)

    _, cursor = runs(reader, "latest")
    worker.commit()

    assert runs(reader, cursor)[0] == [2, 3]


@pytest.mark.parametrize("change", [record_a_move, remove_everything])
def test_the_feed_waits_for_every_kind_of_change(
    change: Callable[[Registry, int], object],
    registry: Registry,
    reader: Caller,
    worker: OtherConnection,
) -> None:
    _, cursor = runs(reader)
    worker.begin()
    worker.do(lambda: change(registry, 2))
    observe(make_registry(), "team/other", {"v1": 1}, run_id=3)

    assert runs(reader, cursor) == ([], cursor)

    worker.commit()

    assert runs(reader, cursor)[0] == [2, 3]
