"""A registry's repositories: searched, sorted and paged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from inventory.models import Image, Repository
from registries.models import Registry

REPOSITORIES_PER_PAGE = 25
# With more images than this, counting the tags of every repository takes too long for a page.
SORT_BY_TAGS_MAX_IMAGES = 50_000

_ORDERS = {
    "name": ("name",),
    "-name": ("-name",),
    "tags": ("tag_count", "name"),
    "-tags": ("-tag_count", "name"),
    "seen": ("first_seen_at", "name"),
    "-seen": ("-first_seen_at", "name"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``next`` is the sort order that its heading links to, empty if not sortable."""

    name: str
    label: str
    next: str
    direction: str


def repository_table(request: HttpRequest, registry: Registry) -> dict[str, Any]:
    search = request.GET.get("q", "").strip()
    by_tags = registry.image_count <= SORT_BY_TAGS_MAX_IMAGES
    sort = request.GET.get("sort", "")
    if sort not in _ORDERS or (sort.endswith("tags") and not by_tags):
        sort = "name"
    found = Repository.objects.filter(registry=registry, removed_at=None)
    if search:
        found = found.filter(name__icontains=search)
    page = Paginator(_ordered(found, sort), REPOSITORIES_PER_PAGE).get_page(request.GET.get("page"))
    return {
        "search": search,
        "sort": sort,
        "columns": [
            _column("name", "Name", sort),
            _column("tags", "Tags", sort, sortable=by_tags),
            _column("seen", "First seen", sort),
        ],
        "page": page,
        "tag_counts": _tag_counts(page),
    }


def _ordered(found: QuerySet[Repository], sort: str) -> QuerySet[Repository]:
    if sort.endswith("tags"):
        active = Image.objects.filter(repository=OuterRef("pk"), removed_at=None).order_by()
        tags = active.values("repository").values_list(Count("pk"))
        found = found.annotate(tag_count=Coalesce(Subquery(tags), 0))
    return found.order_by(*_ORDERS[sort])


def _tag_counts(page: Page[Repository]) -> dict[int, int]:
    """Count the tags of the page's repositories only."""
    images = Image.objects.filter(
        repository__in=[repository.pk for repository in page], removed_at=None
    )
    rows = images.order_by().values("repository").annotate(tags=Count("pk"))
    return dict(rows.values_list("repository", "tags"))


def _column(name: str, label: str, sort: str, *, sortable: bool = True) -> Column:
    direction = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    following = f"-{name}" if sort == name else name
    return Column(name, label, following if sortable else "", direction)
