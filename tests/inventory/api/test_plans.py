"""The number of rows PostgreSQL reads for a page of a list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from harborguard.access.models import Role
from inventory.models import Image, Repository
from registries.models import Registry
from tests.api_client import Caller, caller
from tests.factories import make_registry

pytestmark = [pytest.mark.django_db, pytest.mark.needs_postgresql]

_IMAGES = """
    INSERT INTO inventory_image (
        registry_id, repository_id, tag, digest, media_type, kind, platforms, artifact_type,
        first_seen_at, changed_at, removed_at, removed_reason
    )
    SELECT
        registry_id, id, 'v' || registry_id || '.' || n,
        'sha256:' || encode(sha256(n::text::bytea), 'hex'), '', 'image', '[]', '',
        now(), now() - make_interval(mins => n),
        CASE WHEN n %% 10 = 0 THEN now() END, CASE WHEN n %% 10 = 0 THEN 'gone' ELSE '' END
    FROM generate_series(1, %(images)s) AS n
    CROSS JOIN inventory_repository WHERE registry_id = ANY (%(registries)s)
    ORDER BY n, registry_id
"""
_EVENTS = """
    INSERT INTO inventory_imageevent (
        registry_id, image_id, kind, old_digest, new_digest, reason, at, run_id, actor
    )
    SELECT registry_id, id, CASE WHEN id %% 100 = 0 THEN 'moved' ELSE 'added' END,
        '', digest, '', now(), 1, 'tests'
    FROM inventory_image ORDER BY id
"""


@pytest.fixture
def reader() -> Caller:
    return caller(Role.VIEWER)


@pytest.fixture
def newest() -> Registry:
    """A registry with the newest fifth of all images."""
    older = [make_registry_with_repository() for _ in range(8)]
    newest = make_registry_with_repository()
    with connection.cursor() as cursor:
        cursor.execute(_IMAGES, {"registries": [row.pk for row in older], "images": 2_000})
        cursor.execute(_IMAGES, {"registries": [newest.pk], "images": 4_000})
        cursor.execute(_EVENTS, [])
        cursor.execute("ANALYZE inventory_image, inventory_imageevent")
    return newest


def make_registry_with_repository() -> Registry:
    registry = make_registry()
    Repository.objects.create(registry=registry, name="team/app", first_seen_at=timezone.now())
    return registry


def rows_left_out(reader: Caller, path: str) -> int:
    """Return how many images or events were read for the page but not shown."""
    with CaptureQueriesContext(connection) as queries:
        assert reader.get(path).json()["results"]
    read = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    return sum(sum(_left_out(_plan(sql))) for sql in read)


def _plan(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        (found,) = cursor.fetchone()
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def _left_out(node: Any) -> Iterator[int]:
    if node.get("Relation Name", "").startswith("inventory_image"):
        yield node.get("Rows Removed by Filter", 0)
    for inner in node.get("Plans", []):
        yield from _left_out(inner)


@pytest.mark.parametrize("removed", ["false", "true"])
def test_images_of_the_newest_registry_are_found_without_reading_others(
    reader: Caller, newest: Registry, removed: str
) -> None:
    path = f"/api/images?registry={newest.pk}&removed={removed}"
    middle = reader.get(f"{path}&pageSize=200").json()["next"]

    assert rows_left_out(reader, path) == 0
    assert rows_left_out(reader, middle) == 0


def test_an_image_is_found_by_its_tag_or_a_prefix(reader: Caller, newest: Registry) -> None:
    image = Image.objects.filter(registry=newest, removed_at=None)[0]

    assert rows_left_out(reader, f"/api/images?tag={image.tag}") == 0
    assert rows_left_out(reader, f"/api/images?digest={image.digest}") <= 1
    assert rows_left_out(reader, f"/api/images?search={image.digest[:30]}") <= 2


def test_the_latest_changes_are_found_by_time(reader: Caller, newest: Registry) -> None:
    since = (timezone.now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert rows_left_out(reader, f"/api/images?changedSince={since}") <= 1
    assert rows_left_out(reader, "/api/images?ordering=-changedAt") <= 20


def test_the_feed_of_one_kind_reads_no_other_kinds(reader: Caller, newest: Registry) -> None:
    assert rows_left_out(reader, "/api/events?kind=moved") == 0
