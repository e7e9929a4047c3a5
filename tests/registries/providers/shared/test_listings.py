from __future__ import annotations

import pytest

from registries.providers.shared.base import Tag, TagListing
from registries.providers.shared.listings import split_listing


@pytest.mark.parametrize(
    ("tags", "sizes"),
    [(0, [0]), (1, [1]), (1000, [1000]), (1001, [1000, 1]), (2500, [1000, 1000, 500])],
)
def test_only_the_last_part_of_a_listing_is_complete(tags: int, sizes: list[int]) -> None:
    listed = [Tag(f"v{number}") for number in range(tags)]

    parts = list(split_listing("team/app", listed, ["no tag"]))

    assert [len(part.tags) for part in parts] == sizes
    assert [tag for part in parts for tag in part.tags] == listed
    assert [part.complete for part in parts] == [False] * (len(sizes) - 1) + [True]
    assert parts[-1].rejected == ("no tag",)


def test_invalid_tags_are_shortened() -> None:
    [part] = split_listing("team/app", [], ["x" * 1000] * 50)

    assert part == TagListing("team/app", complete=True, rejected=("x" * 300,) * 20)
