"""List repositories with the product's own API, and with the catalog where that is refused."""

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
    """Yield each name once. Where both are refused, raise an error that mentions both.

    ``note_refusal`` receives the refusal of ``native``. Where the catalog succeeds, nobody would
    otherwise notice that this is another product, or that the credentials lack rights.
    """
    told: set[str] = set()
    try:
        for name in native:
            if name not in told:
                told.add(name)
                if len(told) > MAX_NAMES:
                    raise PaginationUntrusted("Pagination untrusted: the catalog does not end")
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
            f"{failure}. The product's own API: {refusal}", status=failure.status
        ) from None
