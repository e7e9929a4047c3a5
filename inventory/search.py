"""Search for repositories by part of their name, and images by prefix of their tag or digest.

The cost of a page is bounded, whatever the query: see ``inventory.scan``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from django.db.models import F, Q, QuerySet

from inventory.byte_order import ByBytes, starts_with
from inventory.models import Image, Repository
from inventory.scan import SCAN_LIMIT, Found, scan
from inventory.search_terms import Terms, tag_prefixes
from registries.models import Registry
from registries.providers.docker_hub import provider
from registries.transport.origin import Origin

# The tags of up to this many repositories are read repository by repository.
_FEW = 500
_STATES = {"": Q(removed_at=None), "true": Q(removed_at__isnull=False), "any": Q()}


@dataclass(frozen=True, slots=True)
class Search:
    """A search of all registries, or of ``registries``.

    ``removed`` is "", "true" or "any". ``unknown_host`` is the host of the query if no registry
    is connected there; the rest of the query is then searched in all registries.
    """

    terms: Terms
    registries: tuple[int, ...] | None = None
    kind: str = ""
    removed: str = ""
    unknown_host: str = ""

    @classmethod
    def of(cls, terms: Terms, registry: Registry | None, kind: str, removed: str) -> Search:
        """Return the search; an unknown host may be part of a name, as in "my.team/app"."""
        chosen = None if registry is None else (registry.pk,)
        if not terms.host:
            return cls(terms, chosen, kind, removed)
        at_host = _registries_at(terms.host)
        if not at_host:
            named = replace(terms, repository=f"{terms.host}/{terms.repository or ''}", host="")
            found = cls(named, chosen, kind, removed)
            is_name = found._named().exists()
            return found if is_name else cls(terms, chosen, kind, removed, terms.host)
        both = at_host if chosen is None else tuple(set(chosen) & set(at_host))
        return cls(terms, both, kind, removed)

    def repositories(self, after: Repository | None, size: int) -> list[Repository]:
        """Return repositories sorted by name, one more than ``size`` if there are more."""
        if self.terms and self.terms.repository is None:
            return []
        found = self._named().filter(_STATES[self.removed]).order_by("name", "pk")
        if after is not None:
            seen = Q(name=after.name, pk__lte=after.pk)
            found = found.filter(name__gte=after.name).exclude(seen)
        return list(found.prefetch_related("registry")[: size + 1])

    def images(self, after: Image | None, size: int) -> Found:
        """Return ids of images: matching tags in order, then matching digests in order."""
        if not self.terms.can_match_images:
            return Found([])
        if self.terms.is_word or not self.terms.repository:
            return scan(self._parts(after), self._conditions(), size)
        named = self._named_exactly()
        few = list(named[: _FEW + 1])
        if len(few) > _FEW:
            # A subquery instead of a join, so that names are searched once, not for each image.
            by_name = Q(repository__in=named)
            return scan(self._parts(after), self._conditions() & by_name, size)
        keys = self._keys_of(few)
        if keys is None:
            return scan(self._by_repository(few, after), self._conditions(), size)
        return _page(keys, self._key(after), size)

    @property
    def _registry(self) -> int | None:
        """The id of the registry, if only one is searched."""
        registries = self.registries or ()
        return registries[0] if len(registries) == 1 else None

    @property
    def _column(self) -> str:
        """The column that the query matches after the repository."""
        return "tag" if self.terms.digest is None else "digest"

    def _key(self, image: Image | None) -> tuple[str, int]:
        return ("", 0) if image is None else (getattr(image, self._column), image.pk)

    def _named(self) -> QuerySet[Repository]:
        found = Repository.objects.all()
        if self.registries is not None:
            found = found.filter(registry__in=self.registries)
        name = self.terms.repository
        return found.filter(name__contains=name) if name else found

    def _named_exactly(self) -> QuerySet[Repository, int]:
        """Return ids of the named repositories; an exact name excludes "app-2" for "app"."""
        named = self._named().order_by().values_list("pk", flat=True)
        exactly = named.filter(name=self.terms.repository)
        return exactly if exactly.exists() else named

    def _keys_of(self, repositories: list[int]) -> list[tuple[str, int]] | None:
        """Return the sort keys of all matching images, or None if there are too many to sort."""
        column = self._column
        keys: list[tuple[str, int]] = []
        for prefix in self._prefixes(column):
            found = Image.objects.filter(
                self._conditions(), starts_with(column, prefix), repository__in=repositories
            )
            keys += found.values_list(column, "pk").order_by()[: SCAN_LIMIT + 1 - len(keys)]
        return sorted(keys) if len(keys) <= SCAN_LIMIT else None

    def _by_repository(self, named: list[int], after: Image | None) -> Iterator[QuerySet[Image]]:
        """Yield images by repository, sorted by tag."""
        column = self._column
        prefixes = [starts_with(column, prefix) for prefix in self._prefixes(column)]
        images = Image.objects.filter(reduce(or_, prefixes)).order_by("tag")
        for repository in sorted(named):
            if after is None or repository > after.repository_id:
                yield images.filter(repository=repository)
            elif repository == after.repository_id:
                yield images.filter(repository=repository, tag__gt=after.tag)

    def _prefixes(self, column: str) -> list[str]:
        if column == "digest":
            return [self.terms.digest or ""]
        return tag_prefixes(self.terms.tag or "", self.kind)

    def _conditions(self) -> Q:
        """Return the conditions that the order of the images does not cover."""
        conditions = _STATES[self.removed]
        if self.kind:
            conditions &= Q(kind=self.kind)
        if self.registries is not None and self._registry is None:
            conditions &= Q(registry__in=self.registries)
        return conditions

    def _parts(self, after: Image | None) -> Iterator[QuerySet[Image]]:
        terms = self.terms
        may_match_tag = terms.tag is not None or terms.digest is None
        by_tag = may_match_tag and (after is None or after.tag.startswith(terms.tag or ""))
        if by_tag:
            for prefix in self._prefixes("tag"):
                yield from self._ordered("tag", prefix, after)
        if terms.digest is not None:
            seen = starts_with("tag", terms.tag or "")
            for part in self._ordered("digest", terms.digest, None if by_tag else after):
                yield part.exclude(seen) if seen else part

    def _ordered(self, column: str, prefix: str, after: Image | None) -> Iterator[QuerySet[Image]]:
        """Yield images after the given one: first others with its value, then larger values.

        The registry is filtered by a range of one and is part of the order. The planner drops a
        column that equals a constant from the order it looks for in indexes, and may then pick an
        index that it has to read from far off.
        """
        images = Image.objects.all()
        order = [ByBytes(F(column)), F("pk").asc()]
        if self._registry is not None:
            images = images.filter(registry__gte=self._registry, registry__lte=self._registry)
            order.insert(0, F("registry_id").asc())
        with_prefix = images.filter(starts_with(column, prefix)).order_by(*order)
        if after is None:
            yield with_prefix
            return
        value = getattr(after, column)
        if value.startswith(prefix):
            same = Q((f"{column}__bytes_gte", value), (f"{column}__bytes_lte", value))
            yield images.filter(same, pk__gt=after.pk).order_by(*order)
        yield with_prefix.filter((f"{column}__bytes_gt", value))


def _page(keys: list[tuple[str, int]], after: tuple[str, int], size: int) -> Found:
    ids = [pk for _, pk in keys[bisect_right(keys, after) :][: size + 1]]
    return Found(ids[:size], ids[size - 1] if len(ids) > size else None)


def _registries_at(host: str) -> tuple[int, ...]:
    """Return ids of registries at the host; all hosts of Docker Hub are the same registry."""
    hosts = provider.HOSTS if host in provider.HOSTS else (host,)
    urls = []
    for host in hosts:
        for scheme in ("https", "http"):
            try:
                urls.append(str(Origin.parse(f"{scheme}://{host}")))
            except ValueError:
                continue
    return tuple(Registry.objects.filter(url__in=urls).values_list("pk", flat=True))
