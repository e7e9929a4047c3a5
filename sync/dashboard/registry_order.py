"""In which order registries are listed, and the column heads that ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, Value, When

from registries.models import Status

# What is wrong comes first.
URGENCY = (Status.ERROR, Status.SYNCING, Status.DISCONNECTED, Status.CONNECTED)
_BY_URGENCY = Case(*(When(status=status, then=Value(at)) for at, status in enumerate(URGENCY)))


@dataclass(frozen=True, slots=True)
class Column:
    """``words`` are those of both orders, forwards first; ``begins`` with "-": a reader wants it
    backwards first."""

    label: str
    by: F | Case
    words: tuple[str, str]
    begins: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """``leads_to``: the order that a click on it asks for; ``sorted``: for ``aria-sort``."""

    label: str
    leads_to: str
    sorted: str = ""


COLUMNS: Mapping[str, Column] = {
    "name": Column("Registry", F("name"), ("name", "name, Z first")),
    "status": Column("Status", _BY_URGENCY, ("status, worst first", "status, best first")),
    "health": Column("Health", F("health"), ("health, lowest first", "health, highest first")),
    "repositories": Column(
        "Repositories", F("repository_count"), ("fewest repositories", "most repositories"), "-"
    ),
    "images": Column("Images", F("image_count"), ("fewest images", "most images"), "-"),
    "last": Column(
        "Last sync", F("last_sync_at"), ("last sync, oldest first", "last sync, newest first"), "-"
    ),
    "next": Column(
        "Next sync", F("next_sync_at"), ("next sync, soonest first", "next sync, latest first")
    ),
}
FIRST_ORDER = "name"
ORDERS = [
    (sign + name, words[0].upper() + words[1:])
    for name, column in COLUMNS.items()
    for sign, words in zip(("", "-"), column.words, strict=True)
]


def heads(sorted_by: str) -> dict[str, Head]:
    return {name: _head(name, column, sorted_by) for name, column in COLUMNS.items()}


def order(sorted_by: str) -> tuple[Any, str]:
    by = COLUMNS[sorted_by.removeprefix("-")].by
    if sorted_by.startswith("-"):
        return by.desc(nulls_last=True), "name"
    return by.asc(nulls_last=True), "name"


def _head(name: str, column: Column, sorted_by: str) -> Head:
    if name != sorted_by.removeprefix("-"):
        return Head(column.label, column.begins + name)
    if sorted_by == name:
        return Head(column.label, f"-{name}", "ascending")
    return Head(column.label, name, "descending")
