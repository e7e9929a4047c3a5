"""Sync a registry in this process, and see what the inventory says then."""

from __future__ import annotations

from typing import Any

from inventory.models import Image, Repository
from registries.models import Registry
from sync.enumeration import pipeline
from sync.models import SyncRun, Trigger
from sync.runs import lifecycle
from tests.factories import make_registry
from tests.services.docker_registry import DockerRegistry


def connect(service: DockerRegistry, **fields: Any) -> Registry:
    return make_registry(url=service.url, insecure=service.url.startswith("http:"), **fields)


def sync(registry: Registry, *, confirms_removals: bool = False) -> SyncRun:
    run = lifecycle.request(registry.pk, Trigger.MANUAL, confirms_removals=confirms_removals)
    for _ in pipeline.run(run.pk):
        pass
    run.refresh_from_db()
    return run


def inventory_of(registry: Registry) -> dict[str, dict[str, str]]:
    """The active inventory, in the shape in which a test registry tells its own."""
    names = Repository.objects.filter(registry=registry, removed_at=None)
    inventory: dict[str, dict[str, str]] = {
        name: {} for name in names.values_list("name", flat=True)
    }
    images = Image.objects.filter(registry=registry, removed_at=None)
    for repository, tag, digest in images.values_list("repository__name", "tag", "digest"):
        # A worker may have written it since the names were read.
        inventory.setdefault(repository, {})[tag] = digest
    return inventory
