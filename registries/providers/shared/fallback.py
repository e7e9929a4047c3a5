"""Read from a product's own API first, and from the registry API where that is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from registries.errors import CatalogForbidden, NotFound, PaginationUntrusted, RegistryError
from registries.oci.pagination import MAX_NAMES
from registries.providers.shared.base import TagListing
from registries.providers.shared.client import WHOLE_REGISTRY

REFUSALS = frozenset({401, 403, 404, 405})

# Yields the tags of one repository, in parts. Raises RegistryError.
ListTags = Callable[[str], Iterator[TagListing]]


def tags_with_fallback(
    native: ListTags, registry: ListTags, repository: str, *, sees_all: bool = True
) -> Iterator[TagListing]:
    """Yield the listing of ``native``, or that of ``registry`` if ``native`` refuses.

    ``sees_all``: a repository that ``native`` does not find is missing, even if ``registry`` denies
    access, as many registries do for repositories they do not have.
    """
    seen: set[str] = set()
    try:
        for part in native(repository):
            seen.update(tag.name for tag in part.tags)
            yield part
        return
    except RegistryError as error:
        if error.status not in REFUSALS:
            raise
        refusal = error.plain()
    try:
        for part in registry(repository):
            new = tuple(tag for tag in part.tags if tag.name not in seen)
            yield replace(part, tags=new, refused_by=str(refusal))
    except WHOLE_REGISTRY:
        raise
    except RegistryError as failure:
        raise _combined_error(failure, refusal, sees_all) from None


def mark_as_fallback(parts: Iterator[TagListing], refused_by: str) -> Iterator[TagListing]:
    """Yield ``parts`` of the registry API, marked with the refusal of the product's own API."""
    return (replace(part, refused_by=refused_by) for part in parts) if refused_by else parts


def _combined_error(
    failure: RegistryError, refusal: RegistryError, sees_all: bool
) -> RegistryError:
    chosen = refusal if sees_all and isinstance(refusal, NotFound) else failure.plain()
    chosen.args = (f"{failure}. The product's own API: {refusal}",)
    return chosen


def names_with_fallback(
    native: Iterable[str],
    catalog: Callable[[], Iterator[str]],
    note_refusal: Callable[[RegistryError], None],
) -> Iterator[str]:
    """Yield each name once. If both are refused, raise an error that mentions both.

    ``note_refusal`` receives the refusal of ``native``. If the catalog succeeds, nobody would
    otherwise notice that this is another product, or that the credentials lack permissions.
    """
    seen: set[str] = set()
    try:
        for name in native:
            if name not in seen:
                seen.add(name)
                if len(seen) > MAX_NAMES:
                    raise PaginationUntrusted("Pagination untrusted: the catalog does not end")
                yield name
        return
    except RegistryError as error:
        if error.status not in REFUSALS:
            raise
        refusal = error.plain()
    note_refusal(refusal)
    try:
        yield from (name for name in catalog() if name not in seen)
    except CatalogForbidden as failure:
        raise CatalogForbidden(
            f"{failure}. The product's own API: {refusal}", status=failure.status
        ) from None
