"""Catalogs combined from several listings: of owners, of groups, of projects.

A refused listing does not stop the others, but it is reported: a catalog without it is incomplete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    CatalogForbidden,
    NotFound,
    PaginationUntrusted,
    RegistryError,
    Stage,
)
from registries.oci.listing import MAX_REJECTED
from registries.oci.pagination import MAX_NAMES
from registries.oci.reference import is_repository
from registries.providers.shared.listings import shorten_rejected

_REFUSALS = (AccessDenied, AuthenticationFailed, NotFound)


def combine_catalogs(
    listings: Iterable[Iterator[str]],
    confirm_login: Callable[[], None],
    outside: list[str] | None = None,
) -> Iterator[str]:
    """Yield each repository once. At the end, raise what was refused.

    ``confirm_login`` raises where the credentials themselves are rejected. ``outside`` collects the
    first names that violate the OCI grammar.
    """
    seen: set[str] = set()
    refusal: RegistryError | None = None
    left = iter(listings)
    while True:
        try:
            # Finding out which listings exist may be refused as well.
            listing = next(left, None)
            if listing is None:
                break
            for name in listing:
                if not is_repository(name):
                    _collect(name, outside)
                elif name not in seen:
                    seen.add(name)
                    if len(seen) > MAX_NAMES:
                        raise PaginationUntrusted("Pagination untrusted: the catalog does not end")
                    yield name
        except _REFUSALS as error:
            if isinstance(error, AuthenticationFailed):
                confirm_login()
            refusal = refusal or error.plain()
    if refusal is not None:
        raise _refusal_error(refusal, in_part=bool(seen))


def _collect(name: str, outside: list[str] | None) -> None:
    if outside is None or len(outside) >= MAX_REJECTED:
        return
    outside += [shown for shown in shorten_rejected([name]) if shown not in outside]


def _refusal_error(refusal: RegistryError, *, in_part: bool) -> RegistryError:
    if in_part:
        return AccessDenied(
            f"Access denied: part of the catalog may not be listed. {refusal}",
            status=refusal.status,
            stage=Stage.CATALOG,
        )
    return CatalogForbidden(
        f"Catalog forbidden: nothing may be listed. {refusal}", status=refusal.status
    )


class NamespacesNeeded(CatalogForbidden):
    hint = "List the namespaces to read in the connection's options"
