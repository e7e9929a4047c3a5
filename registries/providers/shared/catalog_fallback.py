"""A product's own listing of repositories first; where that is refused, the registry's catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from registries.errors import CatalogForbidden, PaginationUntrusted, RegistryError
from registries.oci.pagination import MAX_NAMES
from registries.providers.shared.fallback import REFUSALS


def names_with_fallback(
    native: Iterable[str],
    catalog: Callable[[], Iterator[str]],
    note_refusal: Callable[[RegistryError], None],
) -> Iterator[str]:
    """Each name once. Where both are refused, the error tells of both.

    ``note_refusal`` is told why ``native`` would not list them: where the catalog does, nobody
    would notice that it is another product, or that the login has too few rights.
    """
    told: set[str] = set()
    try:
        for name in native:
            if name not in told:
                told.add(name)
                if len(told) > MAX_NAMES:
                    raise PaginationUntrusted(
                        "Pagination untrusted: the catalog does not come to an end"
                    )
                yield name
        return
    except RegistryError as error:
        if error.status not in REFUSALS:
            raise
        refusal = error.plain()
    note_refusal(refusal)
    try:
        yield from (name for name in catalog() if name not in told)
    except CatalogForbidden as failure:
        raise CatalogForbidden(
            f"{failure}. Of its own API: {refusal}", status=failure.status
        ) from None
