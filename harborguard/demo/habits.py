"""The changes of a registry in a day, by its kind. Pure: content in, changes out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Protocol

from harborguard.demo.content import Change
from harborguard.demo.manifests import manifest_of

Builds = Mapping[str, Mapping[str, str]]

APPS = (
    *("shop/cart", "shop/catalog", "shop/checkout", "shop/frontend", "shop/search"),
    *("platform/auth", "platform/billing", "platform/gateway", "platform/mailer"),
)
UPSTREAM = (
    *("library/alpine", "library/busybox", "library/debian", "library/golang", "library/nginx"),
    *("library/node", "library/postgres", "library/python", "library/redis", "library/traefik"),
    *("grafana/grafana", "prom/alertmanager", "prom/node-exporter", "prom/prometheus"),
)
DATA = ("etl/ingest", "etl/load", "etl/transform", "ml/embeddings", "ml/serving", "ml/training")
OLD = ("crm/app", "crm/batch", "intranet/portal", "reports/generator")
AGENCY = ("campaign/landing", "campaign/tracker", "campaign/widgets")

_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
_VERSIONS_KEPT = 9
_COMMITS_KEPT = 5
_NIGHTS_KEPT = 14


class Habit(Protocol):
    def __call__(self, builds: Builds, random: Random, day: date) -> Iterator[Change]: ...


def releases(names: Sequence[str], share: float) -> Habit:
    """Release versions, the newest as ``latest``; some are signed; the oldest are deleted."""

    def changes(builds: Builds, random: Random, day: date) -> Iterator[Change]:
        for name in names:
            tags = builds.get(name, {})
            wanted = 1 if tags else 5
            for _ in range(wanted if not tags or random.random() < share else 0):
                yield from (made := _release(name, tags, random))
                tags = {**tags, **{change.tag: change.build for change in made}}
            versions = sorted(map(_version, filter(_VERSION.fullmatch, tags)))
            for old in versions[:-_VERSIONS_KEPT]:
                yield Change(name, _tag(old))

    return changes


def branches(names: Sequence[str], share: float) -> Habit:
    """Move ``main`` with each commit; add, move and delete pull requests."""

    def changes(builds: Builds, random: Random, day: date) -> Iterator[Change]:
        for name in names:
            tags = builds.get(name, {})
            if tags and random.random() >= share:
                continue
            commit = f"{random.getrandbits(28):07x}"
            yield Change(name, "main", commit)
            yield Change(name, f"main-{commit}", commit)
            commits = [tag for tag in tags if tag.startswith("main-")]
            yield from (Change(name, tag) for tag in commits[: 1 - _COMMITS_KEPT])
            yield from _pull_request(name, tags, random)

    return changes


def nightly(names: Sequence[str]) -> Habit:
    """Add an image each night, and delete the oldest."""

    def changes(builds: Builds, random: Random, day: date) -> Iterator[Change]:
        for name in names:
            tags = builds.get(name, {})
            nights = [day] if tags else [day - timedelta(days=back) for back in range(6, -1, -1)]
            for night in nights:
                build = f"{night:%Y%m%d}-{random.getrandbits(16):04x}"
                yield Change(name, f"nightly-{night:%Y%m%d}", build)
                yield Change(name, "nightly", build)
            dated = sorted(tag for tag in tags if tag.startswith("nightly-"))
            yield from (Change(name, tag) for tag in dated[: 1 - _NIGHTS_KEPT])

    return changes


def clean_up(builds: Builds) -> Iterator[Change]:
    """Clean up: delete half of everything."""
    for name, tags in builds.items():
        dated = sorted(tag for tag in tags if tag.startswith("nightly-"))
        yield from (Change(name, tag) for tag in dated[: len(dated) // 2])


def _release(name: str, tags: Mapping[str, str], random: Random) -> list[Change]:
    versions = sorted(map(_version, filter(_VERSION.fullmatch, tags)))
    major, minor, patch = versions[-1] if versions else (1, random.randrange(9), 0)
    new = (major, minor + 1, 0) if random.random() < 0.25 else (major, minor, patch + 1)
    tag = _tag(new)
    made = [Change(name, tag, tag), Change(name, "latest", tag)]
    if random.random() < 0.1:
        signature = manifest_of(name, tag).digest.replace(":", "-") + ".sig"
        made.append(Change(name, signature, f"signature of {tag}"))
    return made


def _pull_request(name: str, tags: Mapping[str, str], random: Random) -> Iterator[Change]:
    open_ones = [tag for tag in tags if tag.startswith("pr-")]
    build = f"{random.getrandbits(28):07x}"
    if len(open_ones) < 2:
        yield Change(name, f"pr-{random.randrange(100, 1000)}", build)
    elif random.random() < 0.5:
        yield Change(name, open_ones[0])
    else:
        yield Change(name, random.choice(open_ones), build)


def _version(tag: str) -> tuple[int, int, int]:
    found = _VERSION.fullmatch(tag)
    major, minor, patch = map(int, found.groups()) if found else (0, 0, 0)
    return major, minor, patch


def _tag(version: tuple[int, int, int]) -> str:
    return "v{}.{}.{}".format(*version)
