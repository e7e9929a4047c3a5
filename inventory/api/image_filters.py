"""By what the list of images can be narrowed.

Names are resolved to ids by a query of their own: the planner then sees numbers, knows how many
rows they have, and finds the index.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from django.db.models import Q, QuerySet

from harborguard.api.filters import (
    ChoiceFilter,
    FilterSet,
    InstantFilter,
    TextFilter,
    TrueFalseFilter,
)
from inventory.api.kind_filter import KindFilter, of_kind
from inventory.api.removed_filter import PRESENT, RemovedFilter, in_inventory
from inventory.api.row_filters import RegistryFilter, RepositoryFilter
from inventory.models import Image, Repository
from registries.models import Registry
from registries.oci.reference import DIGEST_MAX_LENGTH, REPOSITORY_MAX_LENGTH, TAG_MAX_LENGTH
from registries.providers import PROVIDERS

# A search that fits more repositories than this fits so many images that any order finds a page.
_MOST_REPOSITORIES = 2_000


class ImageFilters(FilterSet):
    registry = RegistryFilter(method="of_registry")
    provider = ChoiceFilter(
        choices=[(slug, known.name) for slug, known in PROVIDERS.items()],
        method="of_provider",
        help_text="The product of the registry.",
    )
    repository = TextFilter(
        max_length=REPOSITORY_MAX_LENGTH,
        method="of_repository",
        help_text="The whole name of a repository, in whatever registry.",
    )
    repository_id = RepositoryFilter()
    tag = TextFilter(max_length=TAG_MAX_LENGTH, help_text="The whole tag.")
    digest = TextFilter(max_length=DIGEST_MAX_LENGTH, help_text="The whole digest.")
    changed_since = InstantFilter(
        method="keep",
        help_text="Images whose tag points to its digest since then or later; of removed ones "
        "those that were removed then or later.",
    )
    kind = KindFilter()
    removed = RemovedFilter()
    held = TrueFalseFilter(
        field_name="held_at",
        lookup_expr="isnull",
        exclude=True,
        help_text="Whether the removal of the image waits for a person to confirm it.",
    )
    search = TextFilter(
        max_length=REPOSITORY_MAX_LENGTH,
        method="matching",
        help_text="A part of a repository's name, or the beginning of a tag or of a digest.",
    )

    class Meta:
        model = Image
        fields: ClassVar = ()

    def of_registry(self, found: QuerySet[Image], name: str, registry: Registry) -> QuerySet[Image]:
        """As a range: for a column equal to a constant the planner ignores its place in the order
        (``KeysetPages``, ``leading``)."""
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
        of_repository = Q(repository__in=repositories if len(ids) > _MOST_REPOSITORIES else ids)
        return found.filter(of_repository | Q(tag__startswith=text) | Q(digest__startswith=text))

    def keep(self, found: QuerySet[Image], name: str, value: object) -> QuerySet[Image]:
        """What it means depends on ``removed``: ``filter_queryset`` applies both."""
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
        """Ids of the repositories, of the registry that is asked for."""
        repositories = Repository.objects.order_by()
        if registry := self.form.cleaned_data["registry"]:
            repositories = repositories.filter(registry=registry)
        return repositories.values_list("pk", flat=True)
