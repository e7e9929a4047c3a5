from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory.models import Image, RemovedReason, Repository
from inventory.services import hold, remove
from registries.models import Registry
from tests.api_client import Caller, caller
from tests.factories import make_registry
from tests.pages import author, digest_of, observe

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Caller:
    return caller(Role.VIEWER)


@pytest.fixture
def registry() -> Registry:
    return make_registry(name="production", url="https://registry.example.com:8443")


def tags(reader: Caller, **query: Any) -> list[str]:
    """Return the names of the listed images, with their repositories."""
    answer = reader.get("/api/images", query)
    assert answer.status_code == 200, answer.json()
    return [f"{row['repository']}:{row['tag']}" for row in answer.json()["results"]]


def image(tag: str) -> Image:
    return Image.objects.get(tag=tag)


def take_away(registry: Registry, *tags: str) -> None:
    ids = Image.objects.filter(registry=registry, tag__in=tags).values_list("pk", flat=True)
    remove(list(ids), RemovedReason.GONE, author(registry))


def test_an_image_has_its_digest_and_pull_reference(reader: Caller, registry: Registry) -> None:
    repository = observe(registry, "team/app", {"v1": 1})
    row = image("v1")

    shown = reader.get("/api/images").json()["results"]

    assert shown == [
        {
            "id": row.pk,
            "registryId": registry.pk,
            "registry": "production",
            "provider": "distribution",
            "repositoryId": repository.pk,
            "repository": "team/app",
            "tag": "v1",
            "digest": digest_of(1),
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "kind": "image",
            "size": None,
            "pushedAt": None,
            "platforms": [],
            "artifactType": "",
            "reference": "registry.example.com:8443/team/app:v1",
            "firstSeenAt": row.first_seen_at.isoformat().replace("+00:00", "Z"),
            "changedAt": row.changed_at.isoformat().replace("+00:00", "Z"),
            "removedAt": None,
            "removedReason": None,
            "heldAt": None,
        }
    ]
    assert reader.get(f"/api/images/{row.pk}").json() == shown[0]


def test_images_are_found_by_registry_repository_tag_and_digest(
    reader: Caller, registry: Registry
) -> None:
    repository = observe(registry, "team/app", {"v1": 1, "v2": 2})
    observe(registry, "team/app-two", {"v1": 3})
    other = make_registry()
    observe(other, "team/app", {"v1": 1, "v3": 4})

    assert tags(reader, registry=other.pk) == ["team/app:v1", "team/app:v3"]
    assert tags(reader, registry=registry.pk, tag="v1") == ["team/app:v1", "team/app-two:v1"]
    assert tags(reader, repository="team/app", tag="v1") == ["team/app:v1"] * 2
    assert tags(reader, repository="team/app", registry=other.pk, tag="v3") == ["team/app:v3"]
    assert tags(reader, repository="team") == []
    assert tags(reader, repositoryId=repository.pk) == ["team/app:v1", "team/app:v2"]
    assert tags(reader, digest=digest_of(1)) == ["team/app:v1"] * 2
    assert tags(reader, digest=digest_of(1)[:20]) == []
    assert tags(reader, tag="v") == []
    assert tags(reader, provider="distribution", tag="v3") == ["team/app:v3"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("app", ["team/app:v1", "team/app:latest", "team/app-two:sha-77aa"]),
        ("APP-TWO", ["team/app-two:sha-77aa"]),
        ("sha-77", ["team/app-two:sha-77aa"]),
        ("77aa", []),
        ("sha256:", ["team/app:v1", "team/app:latest", "team/app-two:sha-77aa"]),
        (digest_of(3), ["team/app-two:sha-77aa"]),
        ("_", []),
        (" ", []),
        ("%", []),
        ("\\", []),
        ("'; --", []),
    ],
)
def test_a_search_matches_repository_names_and_prefixes_of_tags_and_digests(
    reader: Caller, registry: Registry, text: str, found: list[str]
) -> None:
    observe(registry, "team/app", {"v1": 1, "latest": 2})
    observe(registry, "team/app-two", {"sha-77aa": 3})

    assert sorted(tags(reader, search=text)) == sorted(found)


def test_a_search_in_a_registry_excludes_other_registries(
    reader: Caller, registry: Registry
) -> None:
    observe(registry, "team/app", {"v1": 1})
    observe(make_registry(), "team/app", {"v2": 1})

    assert tags(reader, search="app", registry=registry.pk) == ["team/app:v1"]


def test_a_search_that_matches_very_many_repositories_finds_all_their_images(
    reader: Caller, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory.api.filters._MOST_REPOSITORIES", 1)
    observe(registry, "team/app", {"v1": 1})
    observe(registry, "team/app-two", {"v1": 1})

    assert tags(reader, search="team/") == ["team/app:v1", "team/app-two:v1"]


def test_removed_rows_are_listed_on_request(reader: Caller, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    take_away(registry, "v1")

    assert tags(reader) == tags(reader, removed="false") == ["team/app:v2"]
    assert tags(reader, removed="true") == ["team/app:v1"]
    assert tags(reader, removed="any") == ["team/app:v1", "team/app:v2"]
    for removed in ("true", "any"):
        assert "team/app:v1" in tags(reader, removed=removed, registry=registry.pk)
    assert reader.get(f"/api/images/{image('v1').pk}").json()["removedReason"] == "gone"


def test_images_with_held_removals_can_be_listed(reader: Caller, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1, "v2": 2})
    hold([image("v1").pk], author(registry))

    assert tags(reader, held="true") == ["team/app:v1"]
    assert tags(reader, held="false") == ["team/app:v2"]


def test_changed_since_finds_moved_and_added_images(reader: Caller, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1, "v2": 2, "v3": 3})
    take_away(registry, "v3")
    now = timezone.now()
    set_times(image("v1"), changed_at=now - timedelta(days=3))
    set_times(image("v2"), changed_at=now - timedelta(days=1))
    set_times(image("v3"), changed_at=now - timedelta(days=3), removed_at=now)
    since = (now - timedelta(days=2)).isoformat()

    assert tags(reader, changedSince=since) == ["team/app:v2"]
    assert tags(reader, changedSince=since, removed="true") == ["team/app:v3"]
    assert tags(reader, changedSince=since, removed="any") == ["team/app:v3", "team/app:v2"]


def test_changed_images_are_sorted_by_time_of_change_across_pages(
    reader: Caller, registry: Registry
) -> None:
    observe(registry, "team/app", {"v1": 1, "v2": 2, "v3": 3})
    for hours, tag in enumerate(("v2", "v3", "v1"), start=1):
        moved = timezone.now() - timedelta(hours=10 - hours)
        Image.objects.filter(tag=tag).update(changed_at=moved)
    since = (timezone.now() - timedelta(days=1)).isoformat()

    body, address = [], f"/api/images?pageSize=1&changedSince={quote(since)}"
    while address:
        page = reader.get(address).json()
        body += [row["tag"] for row in page["results"]]
        address = page["next"]

    assert body == ["v2", "v3", "v1"]


def set_times(image: Image, **times: Any) -> None:
    Image.objects.filter(pk=image.pk).update(**times)


def test_the_number_of_queries_does_not_grow_with_the_images(
    reader: Caller, registry: Registry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    observe(registry, "team/app", {"v1": 1})
    reader.get("/api/images")  # the first use of the key is noted

    for _ in range(2):
        with django_assert_num_queries(4):  # the key; images, their registries, repositories
            reader.get("/api/images")
        with django_assert_num_queries(6):  # beside them: is the registry there, what fits
            reader.get("/api/images", {"registry": str(registry.pk), "search": "app"})
        for number in range(30):
            observe(make_registry(), f"team/app-{number}", {"v1": number})


def test_the_history_of_an_image_lists_the_newest_change_first(
    reader: Caller, registry: Registry
) -> None:
    observe(registry, "team/app", {"v1": 1}, run_id=4)
    observe(registry, "team/app", {"v1": 2}, run_id=5)
    observe(registry, "team/app", {"other": 2}, run_id=5)
    row = image("v1")

    page = reader.get(f"/api/images/{row.pk}/history?pageSize=1").json()
    older = reader.get(page["next"]).json()

    assert page["results"] == [
        {
            "id": page["results"][0]["id"],
            "at": row.changed_at.isoformat().replace("+00:00", "Z"),
            "kind": "moved",
            "registryId": registry.pk,
            "registry": "production",
            "repository": "team/app",
            "tag": "v1",
            "imageId": row.pk,
            "oldDigest": digest_of(1),
            "newDigest": digest_of(2),
            "reason": None,
            "runId": 5,
            "actor": "tests (manual)",
        }
    ]
    assert [event["kind"] for event in older["results"]] == ["added"]
    assert older["next"] is None


@pytest.mark.parametrize("path", ["/api/images/1", "/api/images/1/history"])
def test_an_unknown_image_is_not_found(reader: Caller, path: str) -> None:
    for number in ("0", "1", str(2**63), "9" * 300):
        assert reader.get(path.replace("1", number)).status_code == 404


LONG = "a" * 5000


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("registry", "0"),
        ("registry", "-1"),
        ("registry", "4711"),
        ("registry", str(2**63)),
        ("registry", "NaN"),
        ("registry", "production"),
        ("registry", LONG),
        ("registry", "\ud800"),
        ("repositoryId", "4711"),
        ("repositoryId", "team/app"),
        ("provider", "no-such-product"),
        ("provider", LONG),
        ("repository", LONG),
        ("repository", "team/app\0"),
        ("tag", LONG),
        ("tag", "\0"),
        ("digest", LONG),
        ("search", LONG),
        ("search", "\0"),
        ("removed", "yes"),
        ("removed", "True"),
        ("held", "1"),
        ("changedSince", "yesterday"),
        ("changedSince", " "),
        ("changedSince", "2026-01-01"),
        ("changedSince", "2026-01-01T00:00:00"),
        ("changedSince", "2026-02-30T00:00:00Z"),
        ("changedSince", "0001-01-01T00:00:00+14:00"),
        ("changedSince", "9999-12-31T23:59:59-14:00"),
        ("changedSince", "1767225600"),
        ("changedSince", LONG),
        ("changed_since", "2026-01-01T00:00:00Z"),
        ("limit", "5"),
        ("page", "1"),
        (LONG, "1"),
    ],
)
def test_an_invalid_parameter_is_named_in_the_error(
    reader: Caller, registry: Registry, parameter: str, value: str
) -> None:
    query = f"{parameter}={quote(value.encode('utf-8', 'surrogatepass'))}"

    answer = reader.get(f"/api/images?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [parameter[:100]]


@pytest.mark.parametrize("parameter", ["repository", "tag", "digest", "search"])
def test_invalid_unicode_finds_nothing(reader: Caller, registry: Registry, parameter: str) -> None:
    observe(registry, "team/app", {"v1": 1})

    answer = reader.get(f"/api/images?{parameter}=%ED%A0%80")

    assert answer.status_code == 200
    assert answer.json()["results"] == []


def test_a_time_can_be_in_any_time_zone(reader: Caller, registry: Registry) -> None:
    observe(registry, "team/app", {"v1": 1})
    set_times(image("v1"), changed_at="2026-01-01T12:00:00Z")

    assert tags(reader, changedSince="2026-01-01T14:00:00+02:00") == ["team/app:v1"]
    assert tags(reader, changedSince="2026-01-01T14:00:01+02:00") == []


def test_signatures_are_listed_on_request(reader: Caller, registry: Registry) -> None:
    signature = f"sha256-{'1' * 64}.sig"
    observe(registry, "team/app", {"v1": 1, signature: 2})

    assert tags(reader) == ["team/app:v1"]
    assert tags(reader, kind="signature") == [f"team/app:{signature}"]
    assert sorted(tags(reader, kind="any")) == [f"team/app:{signature}", "team/app:v1"]
    assert reader.get("/api/images", {"kind": "layer"}).status_code == 400
    repository = Repository.objects.get()
    assert reader.get(f"/api/repositories/{repository.pk}").json()["imageCount"] == 1
