"""The number of rows PostgreSQL reads for a page of the search, with data that favors bad plans."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.change_log import ChangeLog
from inventory.models import Image, ImageEvent, Repository
from inventory.search import Search
from inventory.search_terms import parse_terms
from registries.models import Registry
from tests.factories import make_registry

pytestmark = [pytest.mark.django_db, pytest.mark.needs_postgresql, pytest.mark.slow]

_IMAGES = """
    INSERT INTO inventory_image (
        registry_id, repository_id, tag, digest, media_type, kind, platforms, artifact_type,
        first_seen_at, changed_at, removed_reason
    )
    SELECT
        registry_id, id, CASE WHEN n %% 4 = 0 THEN 'latest' ELSE 'v' || n END,
        'sha256:' || encode(sha256((registry_id || '.' || n)::bytea), 'hex'), '', 'image', '[]', '',
        now(), now(), ''
    FROM generate_series(%(first)s, %(last)s) AS n
    CROSS JOIN LATERAL (
        SELECT id, registry_id FROM inventory_repository WHERE registry_id = %(registry)s
        ORDER BY id OFFSET n %% %(repositories)s LIMIT 1
    ) AS repository
    ON CONFLICT DO NOTHING
"""
_EVENTS = """
    INSERT INTO inventory_imageevent (
        registry_id, image_id, kind, old_digest, new_digest, reason, at, run_id, actor
    )
    SELECT registry_id, id, 'added', '', digest, '', now(), registry_id, 'tests'
    FROM inventory_image ORDER BY id
"""


def with_images(count: int, repositories: int) -> Registry:
    registry = make_registry()
    Repository.objects.bulk_create(
        Repository(registry=registry, name=f"team/app-{n}", first_seen_at=timezone.now())
        for n in range(repositories)
    )
    with connection.cursor() as cursor:
        sizes = {"first": 1, "last": count, "repositories": repositories}
        cursor.execute(_IMAGES, {"registry": registry.pk, **sizes})
    return registry


@pytest.fixture
def oldest() -> Registry:
    """A registry with the oldest third of all images; the others have newer ones."""
    oldest = with_images(5_000, 2_000)
    for _ in range(2):
        with_images(5_000, 2_000)
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS)
        cursor.execute("ANALYZE inventory_image, inventory_imageevent, inventory_repository")
        # Reading and sorting everything is the cheapest plan for tables this small.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    return oldest


def rows_read(find: Callable[[], object]) -> int:
    """Return how many images or events were read, including those that were filtered out."""
    with CaptureQueriesContext(connection) as queries:
        find()
    read = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    return sum(sum(_read(_plan(sql))) for sql in read)


def _plan(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        (found,) = cursor.fetchone()
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def _read(node: Any) -> Iterator[int]:
    if node.get("Relation Name", "").startswith("inventory_image"):
        seen = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        yield seen * node["Actual Loops"]
    for inner in node.get("Plans", []):
        yield from _read(inner)


def search(text: str, registry: Registry | None = None) -> Search:
    return Search.of(parse_terms(text), registry, "", "")


@pytest.mark.parametrize("text", ["latest", "v4", "", ":v4", "zzz", "sha256:abc"])
def test_a_page_reads_few_images_wherever_it_starts(oldest: Registry, text: str) -> None:
    found = search(text)
    first = found.images(None, 50)
    assert rows_read(lambda: found.images(None, 50)) <= 600

    if first.after is not None:
        last = Image.objects.order_by("-pk").filter(tag__startswith=text.removeprefix(":"))[0]
        assert rows_read(lambda: found.images(last, 50)) <= 600


def test_a_page_of_one_registry_reads_no_images_of_others(oldest: Registry) -> None:
    found = search("v", oldest)
    middle = Image.objects.filter(registry=oldest, tag__gt="v3").order_by("tag")[0]

    assert rows_read(lambda: found.images(middle, 50)) <= 600


def test_changes_of_one_registry_or_run_are_read_without_newer_ones(oldest: Registry) -> None:
    of_registry = ChangeLog(registry=oldest)
    middle = ImageEvent.objects.filter(registry=oldest).order_by("-pk")[100]

    for log in (of_registry, ChangeLog(run=oldest.pk), ChangeLog(kind="moved")):
        assert rows_read(lambda log=log: log.page(None, 50)) <= 600  # type: ignore[misc]
        assert rows_read(lambda log=log: log.page(middle, 50)) <= 600  # type: ignore[misc]


def test_changes_of_one_repository_are_gathered_tag_by_tag(oldest: Registry) -> None:
    repository = Repository.objects.filter(registry=oldest)[0]

    assert rows_read(lambda: ChangeLog(repository=repository).page(None, 50)) <= 50
