from __future__ import annotations

from collections.abc import Iterator

import pytest

from registries.errors import (
    AccessDenied,
    CatalogForbidden,
    NetworkError,
    PaginationUntrusted,
    RegistryError,
)
from registries.providers.shared.catalog_fallback import names_with_fallback


def broken(error: RegistryError, *names: str) -> Iterator[str]:
    yield from names
    raise error


def ignored(refusal: RegistryError) -> None:
    """For what is not about refusals."""


def test_the_catalog_is_not_asked_where_the_api_answers() -> None:
    refusals: list[RegistryError] = []
    listed = names_with_fallback(
        ["a", "b", "a"], lambda: broken(NetworkError("asked")), refusals.append
    )

    assert list(listed) == ["a", "b"]
    assert refusals == []


def test_what_a_refusal_leaves_out_is_in_the_catalog() -> None:
    refusal = AccessDenied("no", status=403)

    refusals: list[RegistryError] = []
    listed = names_with_fallback(broken(refusal, "a"), lambda: iter("abc"), refusals.append)

    assert list(listed) == ["a", "b", "c"]
    assert list(map(str, refusals)) == ["no"]


def test_where_both_are_refused_both_are_told() -> None:
    native = broken(AccessDenied("not by the API", status=403))
    catalog = broken(CatalogForbidden("not by the catalog", status=401))

    with pytest.raises(CatalogForbidden, match=r"not by the catalog.*not by the API"):
        list(names_with_fallback(native, lambda: catalog, ignored))


def test_a_failure_is_no_refusal() -> None:
    native = broken(NetworkError("away"), "a")

    with pytest.raises(NetworkError):
        list(names_with_fallback(native, lambda: iter("abc"), ignored))


def test_a_listing_that_never_ends_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registries.providers.shared.catalog_fallback.MAX_NAMES", 2)
    with pytest.raises(PaginationUntrusted):
        list(names_with_fallback("abc", lambda: iter(""), ignored))
