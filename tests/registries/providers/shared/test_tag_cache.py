from __future__ import annotations

from registries.providers.shared.base import Tag
from registries.providers.shared.tag_cache import TagCache

V1, V2 = Tag("v1", "sha256:1"), Tag("v2", "sha256:2")


def kept(*added: tuple[str, Tag], most: int = 10) -> TagCache:
    tags = TagCache(most)
    for repository, tag in added:
        tags.add_repository(repository)
        tags.add(repository, tag.name, tag)
    tags.is_complete = True
    return tags


def test_a_repository_is_new_only_once() -> None:
    tags = TagCache()

    assert tags.add_repository("app")
    assert not tags.add_repository("app")


def test_tags_are_taken_once() -> None:
    tags = kept(("app", V1), ("app", V2))

    assert tags.take("app") == ([V1, V2], [])
    assert tags.take("app") is None


def test_the_first_tag_of_a_name_wins() -> None:
    tags = kept(("app", V1), ("app", Tag("v1", "sha256:other")))

    assert tags.take("app") == ([V1], [])


def test_invalid_names_are_returned_separately() -> None:
    tags = kept(("app", V1))
    tags.add("app", "no tag", None)

    assert tags.take("app") == ([V1], ["no tag"])


def test_no_tags_are_taken_before_the_listing_is_complete() -> None:
    tags = kept(("app", V1))
    tags.is_complete = False

    assert tags.take("app") is None


def test_all_tags_of_a_repository_are_cached_or_none() -> None:
    tags = kept(("small", V1), ("large", V1), ("large", V2), most=2)

    assert tags.take("large") is None
    assert tags.take("small") == ([V1], [])


def test_taken_tags_make_room_for_others() -> None:
    tags = kept(("large", V1), ("large", V2), ("small", V1), most=1)

    assert tags.take("small") == ([V1], [])
    assert tags.take("large") is None
