"""``?kind=signature``, or any other: images are what is listed unless told."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from harborguard.api.filters import ChoiceFilter
from inventory.kind import Kind

_ANY = "any"


class KindFilter(ChoiceFilter):
    """Left out it means ``image``; so the FilterSet applies it, by ``of_kind``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[(word, word) for word in (*Kind, _ANY)],
            help_text="What the tags stand for: images, or the signatures, attestations, SBOMs and "
            "lists of referrers that are kept under tags beside them; `image` unless told.",
            **kwargs,
        )

    def filter(self, qs: Any, value: str) -> Any:
        return qs


def of_kind(kind: str) -> Q:
    return Q() if kind == _ANY else Q(kind=kind or Kind.IMAGE.value)
