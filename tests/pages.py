"""Rows that show a page at its fullest, and who looks at it."""

from __future__ import annotations

from django.test import Client

from harborguard.access.models import Role
from inventory.models import Image, Repository
from inventory.reconcile import Key, Observed
from inventory.services import Author, hold, plan, record
from registries.models import Registry
from sync.runs import lifecycle
from tests.factories import make_user


def digest_of(number: int) -> str:
    return f"sha256:{number:064x}"


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(make_user(role))
    return client


def observe(
    registry: Registry, repository: str, tags: dict[str, int], run_id: int = 1
) -> Repository:
    """Record tags that point to numbered digests, as a sync would."""
    images = {
        Key(repository, tag): Observed(digest_of(number), "application/vnd.oci.image.index.v1+json")
        for tag, number in tags.items()
    }
    record(plan(registry.pk, [repository], images), author(registry, run_id))
    return Repository.objects.get(registry=registry, name=repository)


def hold_everything(registry: Registry) -> None:
    hold(image_ids(registry), author(registry))


def image_ids(registry: Registry) -> list[int]:
    return list(Image.objects.filter(registry=registry).values_list("pk", flat=True))


def author(registry: Registry, run_id: int = 1) -> Author:
    return Author(registry.pk, run_id, "tests (manual)", lifecycle.now(registry.pk))
