from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from inventory import related_images
from inventory.models import Image, RemovedReason, Repository
from inventory.services import remove, retire_repositories
from inventory.views.repository import TAGS_PER_PAGE
from registries.models import Registry
from tests.factories import make_registry
from tests.pages import author, digest_of, image_ids, observe, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


@pytest.fixture
def registry() -> Registry:
    return make_registry()


def page_of(client: Client, repository: Repository, query: str = "") -> str:
    answer = client.get(reverse("repository-detail", args=[repository.pk]) + query)
    return answer.content.decode()


def tags_of(client: Client, repository: Repository, query: str = "") -> list[str]:
    answer = client.get(reverse("repository-detail", args=[repository.pk]) + query)
    return [row.image.tag for row in answer.context["rows"]]


def companion_tag(number: int, ending: str) -> str:
    return digest_of(number).replace(":", "-") + ending


def test_a_tag_shows_its_full_digest_kind_and_pull_reference(
    viewer: Client, registry: Registry
) -> None:
    page = page_of(viewer, observe(registry, "team/app", {"v1": 1}))

    assert f'title="{digest_of(1)}">{digest_of(1)}</code>' in page
    assert "OCI index" in page
    assert "Active" in page
    assert f'data-copy="{registry.url.removeprefix("https://")}/team/app:v1"' in page


@pytest.mark.parametrize(
    ("ending", "words"), [(".sig", "Signature"), (".att", "Attestation"), (".sbom", "SBOM")]
)
def test_signatures_are_shown_with_their_image_and_in_their_own_list(
    viewer: Client, registry: Registry, ending: str, words: str
) -> None:
    companion = companion_tag(1, ending)
    repository = observe(registry, "team/app", {"v1": 1, companion: 2})

    assert tags_of(viewer, repository) == ["v1"]
    assert f">{words}</a>" in page_of(viewer, repository)
    assert tags_of(viewer, repository, "?show=companions") == [companion]


def test_removed_tags_have_their_own_list_with_reasons(viewer: Client, registry: Registry) -> None:
    observe(registry, "team/app", {"a-gone": 1})
    remove(image_ids(registry), RemovedReason.GONE, author(registry))
    repository = observe(registry, "team/app", {"b-here": 2})

    assert tags_of(viewer, repository) == ["b-here"]
    assert tags_of(viewer, repository, "?show=removed") == ["a-gone"]
    assert "no longer in the registry" in page_of(viewer, repository, "?show=removed")


def test_a_tag_shows_how_many_others_share_its_digest(
    viewer: Client, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = observe(registry, "team/app", {"v1": 1, "v2": 2})
    for name in ("copy", "mirror"):
        observe(make_registry(), f"team/{name}", {"v1": 1})

    assert "2 others</a>" in page_of(viewer, repository)
    assert f'href="/inventory?q={digest_of(1).replace(":", "%3A")}"' in page_of(viewer, repository)
    monkeypatch.setattr(related_images, "MOST_COUNTED", 1)
    counts = related_images.same_digest_counts(image_ids(registry))
    assert sorted(counts.values()) == [0, 1]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "cab"),
        ("oldest", "bac"),
        ("tag", "abc"),
        ("largest", "bca"),
        ("smallest", "acb"),
        ("nonsense", "cab"),
    ],
)
def test_tags_are_sorted_as_requested_across_pages(
    viewer: Client, registry: Registry, sort: str, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = observe(registry, "team/app", {"a": 1, "b": 2, "c": 3})
    now = author(registry).at
    for tag, hour, size in (("b", 1, 30), ("a", 2, None), ("c", 3, 20)):
        Image.objects.filter(tag=tag).update(pushed_at=now.replace(hour=hour), size=size)
    assert tags_of(viewer, repository, f"?sort={sort}") == list(order)

    monkeypatch.setattr("inventory.views.repository.TAGS_PER_PAGE", 1)
    address, walked = reverse("repository-detail", args=[repository.pk]), ""
    after: int | str | None = ""
    while after is not None:
        context = viewer.get(f"{address}?sort={sort}&after={after}").context
        walked += context["rows"][0].image.tag
        after = context["more"]
    assert walked == order


def test_tags_are_found_by_part_and_digests_by_prefix(viewer: Client, registry: Registry) -> None:
    repository = observe(registry, "team/app", {"v1-alpine": 1, "v2": 0xAB << 248})

    assert tags_of(viewer, repository, "?tags_q=alp") == ["v1-alpine"]
    assert tags_of(viewer, repository, "?tags_q=SHA256:ab") == ["v2"]
    assert "No matching tags." in page_of(viewer, repository, "?tags_q=zzz")


def test_the_latest_changes_show_old_and_new_digest_and_actor(
    viewer: Client, registry: Registry
) -> None:
    observe(registry, "team/app", {"v1": 1}, run_id=71)
    repository = observe(registry, "team/app", {"v1": 2}, run_id=72)

    page = page_of(viewer, repository)
    history = page[page.index("Old digest") :]

    assert history.index("Moved") < history.index("Added")
    assert history.index(digest_of(1)) < history.index(digest_of(2))
    assert 'href="/runs/72"' in history
    assert "tests (manual)" in history
    assert f'href="/changes?repository={repository.pk}"' in page


def test_a_removed_repository_shows_when_it_was_removed(viewer: Client, registry: Registry) -> None:
    repository = observe(registry, "team/app", {"v1": 1})
    assert "· Removed" not in page_of(viewer, repository)

    remove(image_ids(registry), RemovedReason.GONE, author(registry))
    retire_repositories(["team/app"], author(registry))

    assert "· Removed" in page_of(viewer, repository)


def test_tags_are_paged_and_the_number_of_queries_does_not_grow(
    viewer: Client, registry: Registry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tags = {f"t{number:03d}": number for number in range(TAGS_PER_PAGE + 1)}
    repository = observe(registry, "team/app", tags)
    # Session, user, repository; tags: ids, rows, registry, repository, companions, same digests;
    # changes: images, ids, rows, registry, images, repository.
    with django_assert_num_queries(15):
        page = page_of(viewer, repository, "?sort=tag")

    assert ">t049</a>" in page
    assert ">t050</a>" not in page[: page.index("Latest changes")]
    last = Image.objects.get(tag="t049")
    assert f"after={last.pk}" in page
    assert tags_of(viewer, repository, f"?sort=tag&after={last.pk}") == ["t050"]
