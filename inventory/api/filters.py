"""Filters of the lists of repositories, images and changes.

Names are resolved to ids by a query of their own: the planner then sees numbers, knows how many
rows they have, and finds the index.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django_filters.fields import ModelChoiceField

from harborguard.api.filters import (
    ChoiceFilter,
    Documented,
    FilterSet,
    InstantFilter,
    TextFilter,
    TrueFalseFilter,
)
from inventory.kind import Kind
from inventory.models import Image, ImageEvent, Repository
from registries.models import Registry
from registries.oci.reference import DIGEST_MAX_LENGTH, REPOSITORY_MAX_LENGTH, TAG_MAX_LENGTH
from registries.providers import PROVIDERS


class _RowField(ModelChoiceField):  # type: ignore[misc]  # the library is not typed
    """An id in plain ASCII digits: a database also reads " 7" or digits of other scripts."""

    def to_python(self, value: Any) -> Any:
        if value and not (value.isascii() and value.isdecimal()):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().to_python(value)


class _RowFilter(Documented, django_filters.ModelChoiceFilter):  # type: ignore[misc]  # not typed
    field_class = _RowField

    def __init__(self, what: str, **kwargs: Any) -> None:
        super().__init__(
            schema={"type": "integer", "minimum": 1},
            error_messages={"invalid_choice": f"This {what} does not exist."},
            help_text=f"ID of a {what}.",
            **kwargs,
        )


class RegistryFilter(_RowFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__("registry", queryset=Registry.objects.only("pk"), **kwargs)


class RepositoryFilter(_RowFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__("repository", queryset=Repository.objects.only("pk"), **kwargs)


_CHOICES = ("false", "true", "any")
PRESENT = Q(removed_at__isnull=True)
GONE = Q(removed_at__isnull=False)


class RemovedFilter(ChoiceFilter):
    """Applied by the FilterSet with ``in_inventory``, since leaving it out means ``false``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[(word, word) for word in _CHOICES],
            help_text="Whether to list removed rows. Defaults to `false`; `any` lists both.",
            **kwargs,
        )

    def filter(self, qs: Any, value: str) -> Any:
        return qs


def in_inventory(removed: str, *, present: Q = PRESENT, gone: Q = GONE) -> Q:
    """Return the condition; "any" spells out both halves, since each has its own index."""
    return {"true": gone, "any": present | gone}.get(removed, present)


_ANY = "any"


class KindFilter(ChoiceFilter):
    """Applied by the FilterSet with ``of_kind``, since leaving it out means ``image``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[(word, word) for word in (*Kind, _ANY)],
            help_text="What the tags stand for: images, or the signatures, attestations, SBOMs and "
            "lists of referrers stored under tags next to them. Defaults to `image`.",
            **kwargs,
        )

    def filter(self, qs: Any, value: str) -> Any:
        return qs


def of_kind(kind: str) -> Q:
    return Q() if kind == _ANY else Q(kind=kind or Kind.IMAGE.value)


class RepositoryFilters(FilterSet):
    registry = RegistryFilter()
    name = TextFilter(max_length=REPOSITORY_MAX_LENGTH, help_text="Exact name.")
    search = TextFilter(
        max_length=REPOSITORY_MAX_LENGTH, method="containing", help_text="Part of the name."
    )
    removed = RemovedFilter()

    class Meta:
        model = Repository
        fields: ClassVar = ()

    def containing(self, found: QuerySet[Repository], name: str, text: str) -> QuerySet[Repository]:
        return found.filter(name__contains=text.lower())

    def filter_queryset(self, queryset: QuerySet[Repository]) -> QuerySet[Repository]:
        found: QuerySet[Repository] = super().filter_queryset(queryset)
        return found.filter(in_inventory(self.form.cleaned_data["removed"]))


# A search that matches more repositories than this matches so many images that any order quickly
# fills a page.
_MOST_REPOSITORIES = 2_000


class ImageFilters(FilterSet):
    registry = RegistryFilter(method="of_registry")
    provider = ChoiceFilter(
        choices=[(slug, known.name) for slug, known in PROVIDERS.items()],
        method="of_provider",
        help_text="Product of the registry.",
    )
    repository = TextFilter(
        max_length=REPOSITORY_MAX_LENGTH,
        method="of_repository",
        help_text="Exact name of a repository, in any registry.",
    )
    repository_id = RepositoryFilter()
    tag = TextFilter(max_length=TAG_MAX_LENGTH, help_text="Exact tag.")
    digest = TextFilter(max_length=DIGEST_MAX_LENGTH, help_text="Exact digest.")
    changed_since = InstantFilter(
        method="keep",
        help_text="Images whose tag has moved to its digest at or after this time; for removed "
        "images, those removed at or after it.",
    )
    kind = KindFilter()
    removed = RemovedFilter()
    held = TrueFalseFilter(
        field_name="held_at",
        lookup_expr="isnull",
        exclude=True,
        help_text="Whether the removal of the image is held for review.",
    )
    search = TextFilter(
        max_length=REPOSITORY_MAX_LENGTH,
        method="matching",
        help_text="Part of a repository's name, or the beginning of a tag or digest.",
    )

    class Meta:
        model = Image
        fields: ClassVar = ()

    def of_registry(self, found: QuerySet[Image], name: str, registry: Registry) -> QuerySet[Image]:
        """Filter by a range of one: the planner drops a column that equals a constant from the
        order it looks for in indexes (``KeysetPages``, ``leading``)."""
        return found.filter(registry__gte=registry.pk, registry__lte=registry.pk)

    def of_provider(self, found: QuerySet[Image], name: str, slug: str) -> QuerySet[Image]:
        registries = Registry.objects.filter(provider=slug).values_list("pk", flat=True).order_by()
        return found.filter(registry__in=list(registries))

    def of_repository(self, found: QuerySet[Image], name: str, text: str) -> QuerySet[Image]:
        repositories = self._repositories().filter(name=text)
        return found.filter(repository__in=list(repositories))

    def matching(self, found: QuerySet[Image], name: str, text: str) -> QuerySet[Image]:
        repositories = self._repositories().filter(name__contains=text.lower())
        ids: Collection[int] = list(repositories[: _MOST_REPOSITORIES + 1])
        in_repositories = Q(repository__in=repositories if len(ids) > _MOST_REPOSITORIES else ids)
        return found.filter(in_repositories | Q(tag__startswith=text) | Q(digest__startswith=text))

    def keep(self, found: QuerySet[Image], name: str, value: object) -> QuerySet[Image]:
        """Leave the filter to ``filter_queryset``: its meaning depends on ``removed``."""
        return found

    def filter_queryset(self, queryset: QuerySet[Image]) -> QuerySet[Image]:
        found: QuerySet[Image] = super().filter_queryset(queryset)
        found = found.filter(of_kind(self.form.cleaned_data["kind"]))
        removed, since = (self.form.cleaned_data[name] for name in ("removed", "changedSince"))
        if since is None:
            return found.filter(in_inventory(removed))
        changed = PRESENT & Q(changed_at__gte=since)
        return found.filter(in_inventory(removed, present=changed, gone=Q(removed_at__gte=since)))

    def _repositories(self) -> QuerySet[Repository, int]:
        """Return ids of the repositories, narrowed to the requested registry."""
        repositories = Repository.objects.order_by()
        if registry := self.form.cleaned_data["registry"]:
            repositories = repositories.filter(registry=registry)
        return repositories.values_list("pk", flat=True)


class RegistryEventFilters(FilterSet):
    kind = ChoiceFilter(choices=ImageEvent.Kind.choices)

    class Meta:
        model = ImageEvent
        fields: ClassVar = ()


class EventFilters(RegistryEventFilters):
    registry = RegistryFilter()
