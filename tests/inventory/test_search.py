from __future__ import annotations

import pytest

from inventory import search as module
from inventory.models import Image, RemovedReason, Repository
from inventory.search import Search
from inventory.search_terms import parse_terms
from inventory.services import remove
from registries.models import Registry
from tests.factories import make_registry
from tests.pages import author, digest_of, image_ids, observe

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

SIGNATURE = f"sha256-{'a' * 64}.sig"


@pytest.fixture
def registry() -> Registry:
    """A registry at https://registry.example.com."""
    registry = make_registry(url="https://registry.example.com")
    observe(registry, "team/app", {"v1": 1, "v1.2": 2, "V1": 3, "v2": 4, SIGNATURE: 5})
    observe(registry, "team/app-2", {"v1": 1})
    return registry


@pytest.fixture
def other(registry: Registry) -> Registry:
    other = make_registry()
    observe(other, "v1/mirror", {"v1": 1, "zzz": 0xAB << 248})
    return other


def search(
    text: str, registry: Registry | None = None, kind: str = "", removed: str = ""
) -> Search:
    return Search.of(parse_terms(text), registry, kind, removed)


def images(found: Search, size: int = 50) -> list[str]:
    """Return the rows of all pages of the given size."""
    names: list[str] = []
    after = None
    while True:
        page = found.images(after, size)
        assert len(page.ids) <= size
        rows = Image.objects.select_related("repository").in_bulk(page.ids)
        names += [f"{rows[pk].repository.name}:{rows[pk].tag}" for pk in page.ids]
        if page.after is None:
            return names
        after = Image.objects.get(pk=page.after)


def repositories(found: Search) -> list[str]:
    return [repository.name for repository in found.repositories(None, 50)]


@pytest.mark.parametrize("size", [1, 2, 50])
def test_tags_are_found_by_prefix_in_order_and_case_sensitively(other: Registry, size: int) -> None:
    of_v1 = ["team/app:v1", "team/app-2:v1", "v1/mirror:v1", "team/app:v1.2"]

    assert images(search("v1"), size) == of_v1
    assert images(search(":v1"), size) == of_v1
    assert images(search("V1"), size) == ["team/app:V1"]
    assert images(search("1"), size) == []


def test_repositories_are_found_by_any_part_of_their_name(other: Registry) -> None:
    assert repositories(search("v1")) == ["v1/mirror"]
    assert repositories(search("APP")) == ["team/app", "team/app-2"]
    assert repositories(search("")) == ["team/app", "team/app-2", "v1/mirror"]
    assert repositories(search("sha256:ab")) == []


def test_a_page_of_repositories_starts_after_the_previous_one(other: Registry) -> None:
    first = search("").repositories(None, 1)
    assert [row.name for row in first] == ["team/app", "team/app-2"]
    second = search("").repositories(first[0], 1)
    assert [row.name for row in second] == ["team/app-2", "v1/mirror"]
    assert search("").repositories(second[1], 1) == []


def test_digests_are_found_by_prefix_with_and_without_their_algorithm(
    other: Registry,
) -> None:
    assert images(search("sha256:ab")) == ["v1/mirror:zzz"]
    assert images(search("ab00")) == ["v1/mirror:zzz"]
    assert images(search("sha256:ac")) == []
    assert images(search(digest_of(1)), 1) == ["team/app:v1", "team/app-2:v1", "v1/mirror:v1"]


@pytest.mark.parametrize("size", [1, 50])
def test_an_image_that_matches_by_tag_and_digest_is_listed_once(
    registry: Registry, size: int
) -> None:
    observe(registry, "team/hex", {"abcd": 0xABCD << 240, "x": 0xABCD << 240})

    assert images(search("abcd"), size) == ["team/hex:abcd", "team/hex:x"]


def test_an_exact_name_finds_one_repository_and_a_partial_name_finds_all(
    other: Registry,
) -> None:
    assert images(search("team/app:v1")) == ["team/app:v1", "team/app:v1.2"]
    assert images(search("eam/app:v1")) == ["team/app:v1", "team/app-2:v1", "team/app:v1.2"]
    assert images(search("mirror:")) == ["v1/mirror:v1", "v1/mirror:zzz"]
    assert images(search(f"team/app-2@{digest_of(1)}")) == ["team/app-2:v1"]
    assert images(search("nothing/here:v1")) == []


@pytest.mark.parametrize("size", [1, 2, 50])
def test_tags_are_scanned_if_many_repositories_match(
    other: Registry, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FEW", 1)

    assert images(search("eam/:v1"), size) == ["team/app:v1", "team/app-2:v1", "team/app:v1.2"]


@pytest.mark.parametrize("size", [1, 50])
def test_tags_are_scanned_if_few_repositories_have_many(
    other: Registry, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SCAN_LIMIT", 1)

    assert images(search("team/app:v1"), size) == ["team/app:v1", "team/app:v1.2"]
    by_repository = ["team/app:v1", "team/app:v1.2", "team/app-2:v1"]
    assert images(search("eam/app:v1"), size) == by_repository
    assert len(images(search("team/app:", kind=""), size)) == 5


def test_a_pull_reference_is_searched_in_the_registry_at_its_host(other: Registry) -> None:
    observe(other, "team/app", {"v1": 1})

    assert images(search("registry.example.com/team/app:v1")) == ["team/app:v1", "team/app:v1.2"]
    assert images(search("registry.example.com/v1/mirror:v1")) == []
    assert images(search("registry.example.com/team/app:v1", other)) == []


def test_an_unknown_host_can_be_the_start_of_a_name(registry: Registry) -> None:
    observe(registry, "my.team/app", {"v1": 1})

    assert images(search("my.team/app:v1")) == ["my.team/app:v1"]
    assert search("my.team/app:v1").unknown_host == ""


def test_other_registries_are_searched_if_the_host_is_not_connected(registry: Registry) -> None:
    found = search("elsewhere.example.com/team/app:v1")

    assert images(found) == ["team/app:v1", "team/app:v1.2"]
    assert found.unknown_host == "elsewhere.example.com"


def test_docker_hub_is_found_by_any_of_its_hosts() -> None:
    hub = make_registry(url="https://registry-1.docker.io", provider="distribution")
    observe(hub, "library/alpine", {"3": 1})

    assert images(search("docker.io/library/alpine:3")) == ["library/alpine:3"]


def test_filters_apply_to_repositories_and_images(other: Registry) -> None:
    assert images(search("v1", other)) == ["v1/mirror:v1"]
    assert images(search("", other), 1) == ["v1/mirror:v1", "v1/mirror:zzz"]
    assert repositories(search("", other)) == ["v1/mirror"]
    assert images(search("", None, "signature")) == [f"team/app:{SIGNATURE}"]
    assert images(search("v1", None, "signature")) == []
    assert SIGNATURE not in "".join(images(search("", None, "image")))


def test_removed_rows_are_found_on_request(other: Registry) -> None:
    remove(image_ids(other), RemovedReason.GONE, author(other))
    Repository.objects.filter(registry=other).update(removed_at=author(other).at)

    assert "v1/mirror:v1" not in images(search("v1"))
    assert images(search("v1", removed="true")) == ["v1/mirror:v1"]
    assert "v1/mirror:v1" in images(search("v1", removed="any"))
    assert repositories(search("mirror")) == []
    assert repositories(search("mirror", removed="true")) == ["v1/mirror"]


@pytest.mark.parametrize("text", ["v1%", "v_", "%", "_", "team/%:v1", "'", "\\", "a\\:b"])
def test_wildcards_of_the_database_are_literal(other: Registry, text: str) -> None:
    assert images(search(text)) == []
    assert repositories(search(text)) == []
