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
    invalid: list[str] | None = None,
) -> Iterator[str]:
    """Yield each repository once, then raise the first refusal, if there was one.

    ``confirm_login`` raises if the credentials themselves are rejected. ``invalid`` collects the
    first names that violate the OCI grammar.
    """
    seen: set[str] = set()
    refusal: RegistryError | None = None
    remaining = iter(listings)
    while True:
        try:
            # Finding out which listings exist may be refused as well.
            listing = next(remaining, None)
            if listing is None:
                break
            for name in listing:
                if not is_repository(name):
                    _collect(name, invalid)
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


def _collect(name: str, invalid: list[str] | None) -> None:
    if invalid is None or len(invalid) >= MAX_REJECTED:
        return
    invalid += [short for short in shorten_rejected([name]) if short not in invalid]


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
    """The product lists repositories by namespace, and the namespaces are unknown."""

    hint = "List the namespaces to read in the connection's options"
