"""Listings of many images at once, for a caller that reads one image after the other."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

from registries.errors import RegistryError
from registries.providers.shared.base import Tag
from registries.providers.shared.client import WHOLE_REGISTRY

P = TypeVar("P", bound=Hashable)

# If the number of images is unknown, this many are read one by one first.
_FEW = 2
# The number of listings kept in memory.
TAGS_MOST = 200_000

Tags = dict[str, Tag]


class WholeListings(Generic[P]):
    """Listings of all images of a repository or location. Thread-safe.

    ``read`` lists all images of a place, some in several parts, or raises RegistryError.
    """

    def __init__(self, read: Callable[[P], Iterator[tuple[str, list[Tag]]]]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._gates: dict[P, threading.Lock] = {}
        self._expected: dict[P, int] = {}
        self._asked: dict[P, int] = {}
        self._kept: OrderedDict[P, dict[str, Tags]] = OrderedDict()
        # Each place is read at most once: reading it again for the rest would not pay off.
        self._read_already: set[P] = set()

    def expect(self, place: P, images: int) -> None:
        """Announce how many images will be requested."""
        with self._lock:
            self._expected[place] = images

    def take(self, place: P, image: str) -> Tags | None:
        """Return an image's listing, or None if it must be read by itself."""
        with self._lock:
            self._asked[place] = self._asked.get(place, 0) + 1
            is_to_be_read = place in self._read_already or self._is_worth_it(place)
            gate = self._gates.setdefault(place, threading.Lock())
        if not is_to_be_read:
            return None
        with gate:
            if place not in self._read_already:
                self._load(place)
        with self._lock:
            return self._kept.get(place, {}).pop(image, None)

    def _is_worth_it(self, place: P) -> bool:
        expected = self._expected.get(place)
        return self._asked[place] > _FEW if expected is None else expected > 1

    def _load(self, place: P) -> None:
        """Load a place. Its error is raised again when one of its images is read."""
        found: dict[str, Tags] = {}
        count = 0
        try:
            for image, tags in self._read(place):
                found.setdefault(image, {}).update((tag.name, tag) for tag in tags)
                count += len(tags)
                if max(count, len(found)) > TAGS_MOST:
                    found.clear()
                    break
        except WHOLE_REGISTRY:
            raise
        except RegistryError:
            found.clear()
        with self._lock:
            self._read_already.add(place)
            self._kept[place] = found
            while len(self._kept) > 1 and self._size() > TAGS_MOST:
                self._kept.popitem(last=False)

    def _size(self) -> int:
        return sum(len(tags) for images in self._kept.values() for tags in images.values())
