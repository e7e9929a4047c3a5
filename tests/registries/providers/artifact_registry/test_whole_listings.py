from __future__ import annotations

from collections.abc import Iterator

import pytest

from registries.errors import AccessDenied, AuthenticationFailed, RegistryError
from registries.providers.artifact_registry import whole_listings
from registries.providers.artifact_registry.whole_listings import WholeListings
from registries.providers.shared.base import Tag

IMAGES = {"a": ["v1", "v2"], "b": ["v1"], "c": []}


class Source:
    """Yield each image in as many parts as it has tags."""

    def __init__(self) -> None:
        self.read_places: list[str] = []
        self.failure: RegistryError | None = None

    def read(self, place: str) -> Iterator[tuple[str, list[Tag]]]:
        self.read_places.append(place)
        for image, names in IMAGES.items():
            yield from ((image, [Tag(name)]) for name in names)
            if not names:
                yield image, []
        if self.failure:
            raise self.failure


@pytest.fixture
def source() -> Source:
    return Source()


def names(tags: dict[str, Tag] | None) -> list[str] | None:
    return None if tags is None else sorted(tags)


def test_a_place_is_read_once_for_all_its_images(source: Source) -> None:
    listings = WholeListings(source.read)
    listings.expect("one", 3)
    assert {image: names(listings.take("one", image)) for image in IMAGES} == IMAGES
    assert source.read_places == ["one"]


def test_taken_listings_are_not_cached(source: Source) -> None:
    listings = WholeListings(source.read)
    listings.expect("one", 3)
    assert listings.take("one", "a") is not None
    assert listings.take("one", "a") is None
    assert listings.take("one", "unknown") is None
    assert source.read_places == ["one"]


def test_a_single_image_is_read_by_itself(source: Source) -> None:
    listings = WholeListings(source.read)
    listings.expect("one", 1)
    assert listings.take("one", "a") is None
    assert source.read_places == []


def test_the_first_of_an_unknown_number_are_read_by_themselves(source: Source) -> None:
    listings = WholeListings(source.read)
    assert [names(listings.take("one", image)) for image in "abc"] == [None, None, []]
    assert source.read_places == ["one"]


def test_an_interrupted_listing_is_not_used(source: Source) -> None:
    source.failure = AccessDenied("no")
    listings = WholeListings(source.read)
    listings.expect("one", 3)
    assert [listings.take("one", image) for image in "abc"] == [None, None, None]
    assert source.read_places == ["one"]


def test_an_error_of_the_whole_registry_is_raised(source: Source) -> None:
    source.failure = AuthenticationFailed("expired")
    listings = WholeListings(source.read)
    listings.expect("one", 3)
    with pytest.raises(AuthenticationFailed):
        listings.take("one", "a")


def test_memory_is_bounded(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_listings, "TAGS_MOST", 3)
    listings = WholeListings(source.read)
    for place in ("one", "two"):
        listings.expect(place, 3)
        assert listings.take(place, "b") is not None
    # Two tags of each are cached; the first image had too many.
    assert listings.take("one", "a") is None
    assert names(listings.take("two", "a")) == ["v1", "v2"]
    monkeypatch.setattr(whole_listings, "TAGS_MOST", 2)
    listings.expect("three", 3)
    assert listings.take("three", "a") is None
