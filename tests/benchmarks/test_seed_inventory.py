from __future__ import annotations

import re
from itertools import pairwise

import pytest
from django.db import connection
from django.db.models import Count, F, Q

from benchmarks.seed_inventory import Size, seed
from inventory.models import Image, ImageEvent, Repository
from inventory.queries import counts
from registries.models import Registry
from sync.models import FINISHED_STATES, SyncRun

pytestmark = [pytest.mark.django_db, pytest.mark.needs_postgresql]

SIZE = Size(registries=20, repositories=300, images=6_000, runs=5)


def test_it_creates_the_requested_number_of_rows() -> None:
    seed(SIZE)
    assert Registry.objects.count() == SIZE.registries
    assert Repository.objects.count() == SIZE.repositories
    assert Image.objects.count() == SIZE.images
    assert SyncRun.objects.filter(state__in=FINISHED_STATES).count() == 20 * 5
    assert ImageEvent.objects.count() == pytest.approx(1.85 * SIZE.images, rel=0.1)


def test_one_registry_is_a_giant_and_the_others_are_small() -> None:
    seed(SIZE)
    sizes = list(
        Image.objects.order_by().values_list("registry").annotate(n=Count("pk")).order_by("-n")
    )
    assert sizes[0] == (1, pytest.approx(SIZE.images / 5, rel=0.01))
    assert sizes[1][1] < SIZE.images / 5


def test_every_foreign_key_is_valid() -> None:
    seed(SIZE)
    assert not Repository.objects.exclude(registry__in=Registry.objects.all()).exists()
    assert not Image.objects.exclude(repository__registry=F("registry")).exists()
    assert not ImageEvent.objects.exclude(image__registry=F("registry")).exists()


def test_registry_counts_match_their_inventory() -> None:
    seed(SIZE)
    for registry in Registry.objects.all():
        assert (registry.repository_count, registry.image_count) == counts(registry.pk)


def test_some_images_are_removed_some_are_held_and_digests_are_shared() -> None:
    seed(SIZE)
    assert Image.objects.filter(removed_at__isnull=False).exists()
    assert Image.objects.filter(held_at__isnull=False).exists()
    assert Image.objects.values("digest").distinct().count() < SIZE.images
    assert not Image.objects.filter(
        Q(changed_at__lt=F("first_seen_at")) | Q(removed_at__lt=F("changed_at"))
    ).exists()


def test_the_history_is_in_order_and_ends_with_the_current_digest() -> None:
    seed(SIZE)
    moments = ImageEvent.objects.order_by("pk").values_list("at", flat=True)
    assert all(one <= next_one for one, next_one in pairwise(moments))
    newest: dict[int, ImageEvent] = {}
    for event in ImageEvent.objects.order_by("pk").select_related("image"):
        newest[event.image_id] = event
    assert len(newest) == SIZE.images
    for event in newest.values():
        is_removed = event.image.removed_at is not None
        assert (event.kind == ImageEvent.Kind.REMOVED) == is_removed
        assert (event.old_digest if is_removed else event.new_digest) == event.image.digest


def test_tags_and_digests_look_like_real_ones() -> None:
    seed(SIZE)
    for tag, digest in Image.objects.values_list("tag", "digest"):
        assert re.fullmatch(r"latest|v\d+\.\d+\.\d+|sha-[0-9a-f]{7}", tag)
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest)


def test_it_refuses_a_database_with_registries() -> None:
    seed(SIZE)
    with pytest.raises(SystemExit, match="already has registries"):
        seed(SIZE)


def test_new_rows_get_unused_ids() -> None:
    seed(SIZE)
    assert Registry.objects.create(name="one more", url="https://more.example.com").pk > 20
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('sync_syncrun', 'id'))")
        assert cursor.fetchone()[0] > 729 * 20
