"""Sort orders of the registry list, and its column headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, Value, When

from registries.models import Status

URGENCY = (Status.ERROR, Status.SYNCING, Status.DISCONNECTED, Status.CONNECTED)
_BY_URGENCY = Case(*(When(status=status, then=Value(at)) for at, status in enumerate(URGENCY)))


@dataclass(frozen=True, slots=True)
class Column:
    """A sortable column; ``words`` name its ascending and descending order.

    ``first`` is "-" if a first click on the heading sorts in descending order.
    """

    label: str
    by: F | Case
    words: tuple[str, str]
    first: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column heading; ``leads_to`` is the order it links to, ``sorted`` its ``aria-sort``."""

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
DEFAULT_ORDER = "name"
ORDERS = [
    (sign + name, words[0].upper() + words[1:])
    for name, column in COLUMNS.items()
    for sign, words in zip(("", "-"), column.words, strict=True)
]


def headings(sorted_by: str) -> dict[str, Heading]:
    return {name: _heading(name, column, sorted_by) for name, column in COLUMNS.items()}


def order(sorted_by: str) -> tuple[Any, str]:
    by = COLUMNS[sorted_by.removeprefix("-")].by
    if sorted_by.startswith("-"):
        return by.desc(nulls_last=True), "name"
    return by.asc(nulls_last=True), "name"


def _heading(name: str, column: Column, sorted_by: str) -> Heading:
    if name != sorted_by.removeprefix("-"):
        return Heading(column.label, column.first + name)
    if sorted_by == name:
        return Heading(column.label, f"-{name}", "ascending")
    return Heading(column.label, name, "descending")
