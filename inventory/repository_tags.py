"""The tags of one repository: those that are there, or what belongs to them, or those that went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from inventory.kind import Kind
from inventory.models import Image, Repository
from inventory.scan import Found

# Expressions, not columns: of an index of all images in that order, only few would be of here.
_BY_AGE = Coalesce("pushed_at", "changed_at")
_BY_SIZE = Coalesce("size", Value(-1))
_ORDERS = {
    "": (_BY_AGE, True),
    "oldest": (_BY_AGE, False),
    "tag": (F("tag"), False),
    "largest": (_BY_SIZE, True),
    "smallest": (_BY_SIZE, False),
}
_SHOWN = {
    "": Q(removed_at=None, kind=Kind.IMAGE.value),
    "companions": Q(removed_at=None) & ~Q(kind=Kind.IMAGE.value),
    "removed": Q(removed_at__isnull=False),
}


@dataclass(frozen=True, slots=True)
class RepositoryTags:
    """``text`` is a part of the tag, or how its digest begins."""

    repository: Repository
    text: str = ""
    show: str = ""
    sort: str = ""

    def page(self, after: Image | None, size: int) -> Found:
        """Ids of images."""
        by, is_descending = _ORDERS[self.sort]
        images = Image.objects.filter(_SHOWN[self.show], repository=self.repository)
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
