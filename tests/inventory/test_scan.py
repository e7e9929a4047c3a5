from __future__ import annotations

import pytest
from django.db.models import Q

from inventory import scan
from inventory.models import Image
from inventory.scan import Found
from registries.models import Registry
from tests.factories import make_registry
from tests.pages import observe

pytestmark = pytest.mark.django_db


@pytest.fixture
def ids() -> list[int]:
    registry: Registry = make_registry()
    observe(registry, "team/app", {f"t{number}": number for number in range(9)})
    return list(Image.objects.order_by("pk").values_list("pk", flat=True))


def every(remainder: int, of: int, ids: list[int]) -> Q:
    return Q(pk__in=[pk for index, pk in enumerate(ids) if index % of == remainder])


def test_a_full_page_has_the_id_of_its_last_row(ids: list[int]) -> None:
    images = Image.objects.order_by("pk")

    assert scan.scan([images], Q(), 9) == Found(ids)
    assert scan.scan([images], Q(), 8) == Found(ids[:8], ids[7])
    assert scan.scan([images], every(0, 4, ids), 2) == Found([ids[0], ids[4]], ids[4])


def test_parts_are_read_in_order(ids: list[int]) -> None:
    images = Image.objects.order_by("pk")
    parts = [images.filter(pk__gt=ids[5]), images.filter(pk__lte=ids[1])]

    assert scan.scan(parts, Q(), 9).ids == [*ids[6:], *ids[:2]]
    assert scan.scan(parts, Q(), 4) == Found([*ids[6:], ids[0]], ids[0])


def test_it_stops_at_the_limit_and_continues_from_there(
    ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_FIRST_WINDOW", 2)
    monkeypatch.setattr(scan, "SCAN_LIMIT", 5)
    images = Image.objects.order_by("pk")
    last = Q(pk=ids[8])

    first = scan.scan([images], last, 1)
    assert first == Found([], ids[4], is_cut=True)
    assert scan.scan([images.filter(pk__gt=ids[4])], last, 1) == Found([ids[8]])
