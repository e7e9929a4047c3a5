"""zot: one search for everything, and the registry API without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from registries.errors import AccessDenied, NotFound, UnexpectedStatus
from registries.oci.reference import Reference
from registries.providers.shared.base import RegistryClient, Tag
from registries.providers.shared.details import NO_DETAILS, Details
from registries.providers.zot import provider
from tests.fakes.replies import answer, answer_json, unauthorized
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.listings import digests_of, without_digests
from tests.fakes.vendors.vendor import FIRST_REPOSITORY
from tests.fakes.vendors.zot import Zot

SEARCH = "/v2/_zot/ext/search"
INDEX = "application/vnd.oci.image.index.v1+json"


@pytest.fixture
def vendor() -> Iterator[Zot]:
    with Zot.serve() as fake:
        fake.fill(3, 4)
        yield fake


@pytest.fixture
def client(vendor: Zot) -> Iterator[RegistryClient]:
    with closing(vendor.connect()) as connected:
        yield connected


def read(client: RegistryClient) -> dict[str, dict[str, str | None]]:
    return digests_of(client.tags(list(client.repositories())))


def tags_of(client: RegistryClient, name: str) -> dict[str, Tag]:
    return {tag.name: tag for part in client.tags([name]) for tag in part.tags}


def searches(vendor: Zot) -> list[str]:
    return [request.query["query"][0] for request in vendor.server.asked(SEARCH)]


def paths(vendor: Zot) -> list[str]:
    return [request.path for request in vendor.server.requests]


def test_one_search_returns_the_tags_of_all_repositories(
    vendor: Zot, client: RegistryClient
) -> None:
    assert read(client) == vendor.expected
    # The catalog is the first to require credentials, with a 401.
    assert paths(vendor) == ["/v2/_catalog", "/v2/_catalog", SEARCH]


def test_a_single_repository_is_searched_by_name(vendor: Zot, client: RegistryClient) -> None:
    assert set(tags_of(client, FIRST_REPOSITORY)) == {"v0", "v1", "v2", "v3"}

    [query] = searches(vendor)
    assert f'repo:"{FIRST_REPOSITORY}"' in query


def test_a_second_listing_returns_new_tags(vendor: Zot, client: RegistryClient) -> None:
    read(client)
    vendor.fill(1, 5)

    assert "v4" in tags_of(client, FIRST_REPOSITORY)


def test_a_tag_that_was_pushed_is_not_read_from_the_cache(
    vendor: Zot, client: RegistryClient
) -> None:
    *listed, other = client.repositories()
    list(client.tags(listed))
    vendor.content[other]["v0"].digest = new = f"sha256:{'9' * 64}"
    list(client.resolve([Reference(other, "v0")]))

    assert tags_of(client, other)["v0"].digest == new


def test_a_large_registry_is_searched_by_repository(
    vendor: Zot, client: RegistryClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "_MAX_IMAGES_AT_ONCE", 11)

    assert read(client) == vendor.expected
    assert ['repo:""' in query for query in searches(vendor)] == [True, False, False, False]


def test_a_few_repositories_do_not_cause_a_full_listing(
    vendor: Zot, client: RegistryClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "PAGE_SIZE", 4)

    list(client.tags([FIRST_REPOSITORY, "team/app-1"]))

    assert len(searches(vendor)) == 3


def test_a_tag_has_the_details_of_the_search(vendor: Zot, client: RegistryClient) -> None:
    vendor.extra = {
        "MediaType": INDEX,
        "Manifests": [
            {"ArtifactType": "", "Platform": {"Os": "linux", "Arch": "arm64/v8"}},
            {"ArtifactType": "", "Platform": {"Os": "linux", "Arch": "amd64"}},
            {"ArtifactType": "", "Platform": {"Os": "unknown", "Arch": "unknown"}},
        ],
    }

    assert tags_of(client, FIRST_REPOSITORY)["v0"] == Tag(
        "v0",
        vendor.expected[FIRST_REPOSITORY]["v0"],
        INDEX,
        Details(
            1234,
            datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC),
            ("linux/amd64", "linux/arm64/v8"),
        ),
    )


def test_an_artifact_has_its_type(vendor: Zot, client: RegistryClient) -> None:
    chart = "application/vnd.cncf.helm.config.v1+json"
    vendor.extra = {"Manifests": [{"ArtifactType": chart, "Platform": None}]}

    assert tags_of(client, FIRST_REPOSITORY)["v0"].details.artifact_type == chart


@pytest.mark.parametrize("size", ["", "many", "-1", 1.5, None, {"bytes": 1}])
def test_invalid_details_are_unknown(vendor: Zot, client: RegistryClient, size: Any) -> None:
    unusable = dict.fromkeys(("MediaType", "PushTimestamp", "TaggedTimestamp"), size)
    vendor.extra = {**unusable, "Size": size, "Manifests": [size, {"Platform": size}]}

    assert tags_of(client, FIRST_REPOSITORY)["v0"] == Tag(
        "v0", vendor.expected[FIRST_REPOSITORY]["v0"]
    )


@pytest.mark.parametrize(
    ("unknown", "attempts", "details"),
    [
        ({"TaggedTimestamp"}, 2, Details(1234, None, ("linux/amd64",))),
        ({"PushTimestamp", "Manifests"}, 3, NO_DETAILS),
    ],
)
def test_an_older_version_is_queried_for_fewer_fields(
    vendor: Zot, client: RegistryClient, unknown: set[str], attempts: int, details: Details
) -> None:
    vendor.knows -= unknown

    first = tags_of(client, FIRST_REPOSITORY)
    assert len(searches(vendor)) == attempts
    tags_of(client, "team/app-1")

    assert len(searches(vendor)) == attempts + 1
    assert first["v0"].details == details
    assert first["v0"].digest == vendor.expected[FIRST_REPOSITORY]["v0"]


@pytest.mark.parametrize(
    "refusal",
    [
        answer(404, b"404 page not found\n", {"Content-Type": "text/plain"}),
        answer_json({"message": "no"}, 403, {}),
        answer(405),
        unauthorized('Bearer realm="https://elsewhere.example/token"'),
        answer_json({"errors": [{"message": "Unknown type"}], "data": None}, 422, {}),
        answer_json({"errors": [{"message": "metadb is closed"}], "data": None}, 200, {}),
    ],
)
def test_the_registry_api_is_used_without_the_search(vendor: Zot, refusal: Any) -> None:
    vendor.search_answer = refusal
    with closing(vendor.connect()) as client:
        assert read(client) == without_digests(vendor)
        assert len(searches(vendor)) in (1, 3)
        before = len(searches(vendor))
        tags_of(client, FIRST_REPOSITORY)
        assert len(searches(vendor)) == before


def test_a_failing_search_is_an_error_of_each_repository(
    vendor: Zot, client: RegistryClient
) -> None:
    vendor.search_answer = answer(500)

    failed = {part.repository: part.error for part in client.tags(list(vendor.content))}

    assert set(failed) == set(vendor.content)
    assert all(isinstance(error, UnexpectedStatus) for error in failed.values())


def test_a_repository_without_images_is_complete_and_empty(
    vendor: Zot, client: RegistryClient
) -> None:
    vendor.content["team/empty"] = {}

    assert read(client)["team/empty"] == {}


def test_repositories_unknown_to_the_search_are_read_from_the_registry(
    vendor: Zot, client: RegistryClient
) -> None:
    vendor.unsearched = {(FIRST_REPOSITORY, tag) for tag in vendor.content[FIRST_REPOSITORY]}

    assert read(client)[FIRST_REPOSITORY] == dict.fromkeys(vendor.content[FIRST_REPOSITORY])


def test_images_missed_between_pages_are_read_from_the_registry(
    vendor: Zot, client: RegistryClient
) -> None:
    """The total shows that images are missing, although no page has more."""
    rows = vendor.rows("")
    listed = {"Page": {"TotalCount": len(rows)}, "Results": [*rows[:-1], rows[0]]}
    vendor.search_answer = answer_json({"data": {"ImageList": listed}}, headers={})

    found = read(client)

    assert {name: set(tags) for name, tags in found.items()} == {
        name: set(tags) for name, tags in vendor.content.items()
    }


def test_a_total_that_is_too_small_does_not_end_the_listing(
    vendor: Zot, client: RegistryClient
) -> None:
    vendor.total_told = 0
    vendor.faults.add(Fault.SHORT_PAGES)

    assert read(client) == vendor.expected


def test_a_looping_search_is_abandoned(vendor: Zot, client: RegistryClient) -> None:
    vendor.faults |= {Fault.ENDLESS, Fault.SHORT_PAGES}

    parts = list(client.tags([FIRST_REPOSITORY]))

    assert len(searches(vendor)) < 5
    assert not any(part.complete for part in parts)


def test_a_catalog_that_lost_its_page_is_restarted(vendor: Zot, client: RegistryClient) -> None:
    vendor.faults |= {Fault.SHORT_PAGES, Fault.LOST_CURSOR}

    assert sorted(client.repositories()) == sorted(vendor.content)


def test_a_catalog_that_is_lost_twice_is_an_error(vendor: Zot, client: RegistryClient) -> None:
    vendor.faults |= {Fault.SHORT_PAGES}
    vendor.take = lambda fault: fault is Fault.LOST_CURSOR  # type: ignore[method-assign]

    with pytest.raises(UnexpectedStatus):
        list(client.repositories())


def test_a_denied_repository_is_not_missing(vendor: Zot, client: RegistryClient) -> None:
    vendor.faults.add(Fault.REPOSITORY_DENIED)

    [part] = client.tags([FIRST_REPOSITORY])

    assert isinstance(part.error, AccessDenied)


def test_a_missing_repository_is_not_found(vendor: Zot, client: RegistryClient) -> None:
    [part] = client.tags(["team/never"])

    assert isinstance(part.error, NotFound)


def test_names_outside_the_grammar_are_reported_and_not_stored(
    vendor: Zot, client: RegistryClient
) -> None:
    vendor.content[FIRST_REPOSITORY]["no tag"] = vendor.content[FIRST_REPOSITORY].pop("v0")

    [part, end] = client.tags([FIRST_REPOSITORY])
    assert {tag.name for tag in part.tags} == {"v1", "v2", "v3"}
    assert part.rejected == ("no tag",)
    assert end.complete

    [kept] = [
        part for part in client.tags(list(vendor.content)) if part.repository == FIRST_REPOSITORY
    ]
    assert kept.rejected == ("no tag",)


def test_an_invalid_name_is_never_searched(vendor: Zot, client: RegistryClient) -> None:
    [part] = client.tags(['a"){Page{TotalCount}}}#'])

    assert part.error is not None
    assert vendor.server.requests == []
