"""Details and counts of recorded images."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inventory import queries, services
from inventory.kind import Kind
from inventory.models import Image, ImageEvent
from inventory.reconcile import Key, Observed
from inventory.services import Author
from registries.models import Registry
from registries.providers.shared.details import Details
from tests.factories import make_registry

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

KEY = Key("team/app", "v1")
ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
PUSHED = datetime(2026, 3, 2, 3, 58, 40, 123456, tzinfo=UTC)
TOLD = Details(48_213_377, PUSHED, ("linux/amd64", "linux/arm64"), "application/wasm")


@pytest.fixture
def registry() -> Registry:
    return make_registry()


def see(registry: Registry, observed: dict[Key, Observed]) -> None:
    author = Author(registry.pk, 1, "somebody", datetime.now(UTC))
    plan = services.plan(registry.pk, {key.repository for key in observed}, observed)
    services.record(plan, author)


def known(registry: Registry, key: Key = KEY) -> Details:
    image = Image.objects.get(registry=registry, repository__name=key.repository, tag=key.tag)
    return Details(image.size, image.pushed_at, tuple(image.platforms), image.artifact_type)


def test_details_of_a_listing_are_stored_with_the_image(registry: Registry) -> None:
    see(registry, {KEY: Observed(ONE, "text/plain", TOLD)})
    assert known(registry) == TOLD


def test_later_details_are_added_without_an_event(registry: Registry) -> None:
    see(registry, {KEY: Observed(ONE)})
    before = Image.objects.get().changed_at
    see(registry, {KEY: Observed(ONE, details=TOLD)})
    assert known(registry) == TOLD
    assert Image.objects.get().changed_at == before
    assert ImageEvent.objects.count() == 1


def test_known_details_are_not_written_again(registry: Registry) -> None:
    observed = {KEY: Observed(ONE, details=TOLD)}
    see(registry, observed)
    assert not services.plan(registry.pk, [KEY.repository], observed)


def test_details_of_an_earlier_digest_are_cleared(registry: Registry) -> None:
    see(registry, {KEY: Observed(ONE, details=TOLD)})
    see(registry, {KEY: Observed(TWO)})
    assert not known(registry)


def test_a_moved_tag_gets_the_details_of_its_new_digest(registry: Registry) -> None:
    see(registry, {KEY: Observed(ONE)})
    see(registry, {KEY: Observed(TWO, details=TOLD)})
    assert known(registry) == TOLD


def test_a_listing_without_details_clears_none(registry: Registry) -> None:
    see(registry, {KEY: Observed(ONE, details=TOLD)})
    see(registry, {KEY: Observed(ONE), Key("team/app", "v2"): Observed(ONE)})
    assert known(registry) == TOLD


def test_a_later_media_type_is_filled_in_without_clearing_details(
    registry: Registry,
) -> None:
    see(registry, {KEY: Observed(ONE, details=TOLD)})
    see(registry, {KEY: Observed(ONE, "text/plain")})
    assert Image.objects.get().media_type == "text/plain"
    assert known(registry) == TOLD
    assert ImageEvent.objects.count() == 1


def test_signatures_are_recorded_but_not_counted_as_images(registry: Registry) -> None:
    signature = Key("team/app", f"sha256-{'1' * 64}.sig")
    see(registry, {KEY: Observed(ONE), signature: Observed(TWO)})
    assert Image.objects.get(tag=signature.tag).kind == Kind.SIGNATURE
    assert queries.counts(registry.pk) == (1, 1)
    assert queries.active_count(registry.pk) == 2
