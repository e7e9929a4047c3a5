"""Tags of a repository: its images, their signatures and attestations, or removed tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from inventory.kind import Kind
from inventory.models import Image, Repository
from inventory.scan import Found

# Expressions instead of columns keep the planner off an index of all images in that order, few of
# which belong to the repository.
_BY_AGE = Coalesce("pushed_at", "changed_at")
_BY_SIZE = Coalesce("size", Value(-1))
_ORDERS = {
    "": (_BY_AGE, True),
    "oldest": (_BY_AGE, False),
    "tag": (F("tag"), False),
    "largest": (_BY_SIZE, True),
    "smallest": (_BY_SIZE, False),
}
_CONDITIONS = {
    "": Q(removed_at=None, kind=Kind.IMAGE.value),
    "companions": Q(removed_at=None) & ~Q(kind=Kind.IMAGE.value),
    "removed": Q(removed_at__isnull=False),
}


@dataclass(frozen=True, slots=True)
class RepositoryTags:
    """The filters of the list; ``text`` is part of a tag, or the beginning of a digest."""

    repository: Repository
    text: str = ""
    show: str = ""
    sort: str = ""

    def page(self, after: Image | None, size: int) -> Found:
        """Return the ids of up to ``size`` images after the given one."""
        by, is_descending = _ORDERS[self.sort]
        images = Image.objects.filter(_CONDITIONS[self.show], repository=self.repository)
        if self.text:
            images = images.filter(
                Q(tag__contains=self.text) | Q(digest__startswith=self.text.lower())
            )
        images = images.annotate(by=by)
        if after is not None:
            value, beyond = self._value(after), "lt" if is_descending else "gt"
            images = images.filter(
                Q((f"by__{beyond}", value)) | Q(by=value) & Q((f"pk__{beyond}", after.pk))
            )
        order = ("-by", "-pk") if is_descending else ("by", "pk")
        ids = list(images.order_by(*order).values_list("pk", flat=True)[: size + 1])
        return Found(ids[:size], ids[size - 1] if len(ids) > size else None)

    def _value(self, image: Image) -> Any:
        if self.sort == "tag":
            return image.tag
        if self.sort in {"largest", "smallest"}:
            return -1 if image.size is None else image.size
        return image.pushed_at or image.changed_at
