"""``?removed=true|false|any``: what has left the inventory is shown to who asks for it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from harborguard.api.filters import ChoiceFilter

_CHOICES = ("false", "true", "any")
PRESENT = Q(removed_at__isnull=True)
GONE = Q(removed_at__isnull=False)


class RemovedFilter(ChoiceFilter):
    """Left out it means ``false``; so the FilterSet applies it, by ``in_inventory``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[(word, word) for word in _CHOICES],
            help_text="Whether to list what has been removed; `false` unless told.",
            **kwargs,
        )

    def filter(self, qs: Any, value: str) -> Any:
        return qs


def in_inventory(removed: str, *, present: Q = PRESENT, gone: Q = GONE) -> Q:
    """Of "any" both halves are spelt out, as each of them has an index of its own."""
    return {"true": gone, "any": present | gone}.get(removed, present)
