"""URLs of the measured lists, for existing values picked with a fixed random seed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max, Model

from inventory.models import Image, Repository
from registries.models import Registry

_SAMPLES = 200
_SEARCHED = ("sha-0a", "nginx", "v1.2.3", "registry that nobody has")
_DAYS = (1, 2, 7, 30, 365)


def scenarios() -> dict[str, list[str]]:
    """Return paths to request in turn, by scenario."""
    registries = sample(Registry, "pk")
    largest = Registry.objects.order_by("-image_count").values_list("pk", flat=True)[:1]
    newest = Image.objects.aggregate(newest=Max("changed_at"))["newest"]
    found = {
        "one registry": [f"/api/registries/{pk}" for pk in registries],
        "registries": ["/api/registries?pageSize=50"],
        "images": ["/api/images?pageSize=50"],
        "images of a registry": _images("registry", registries),
        "images of the largest registry": _images("registry", largest),
        "images of a repository": _images("repositoryId", sample(Repository, "pk")),
        "images of repositories of a name": _images("repository", sample(Repository, "name")),
        "images of a tag": _images("tag", ["latest", *sample(Image, "tag")]),
        "images of a digest": _images("digest", sample(Image, "digest")),
        "images changed since": _images(
            "changedSince", [(newest - timedelta(days=days)).isoformat() for days in _DAYS]
        ),
        "images removed": _images("removed", ["true"]),
        "images searched for": _images("search", [*_SEARCHED, *sample(Repository, "name")]),
        "repositories of a registry": [f"/api/repositories?registry={pk}" for pk in registries],
        "runs of a registry": [f"/api/registries/{pk}/runs" for pk in registries],
        "events": ["/api/events?pageSize=50"],
    }
    return {**found, "all of these in turn": list(_in_turn(list(found.values())))}


def _images(filter_name: str, values: Iterable[object]) -> list[str]:
    return [f"/api/images?{urlencode({filter_name: value, 'pageSize': 50})}" for value in values]


def _in_turn(lists: list[list[str]]) -> Iterable[str]:
    for number in range(_SAMPLES):
        for paths in lists:
            yield paths[number % len(paths)]


def sample(model: type[Model], column: str) -> list[Any]:
    """Return values of a column from rows spread over the whole table."""
    rows = model._default_manager.all()
    last = rows.aggregate(last=Max("pk"))["last"]
    wanted = Random(0).sample(range(1, last + 1), min(_SAMPLES, last))
    return list(rows.filter(pk__in=wanted).order_by("pk").values_list(column, flat=True))
