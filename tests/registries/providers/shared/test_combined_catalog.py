from __future__ import annotations

from collections.abc import Iterator

import pytest

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    CatalogForbidden,
    NetworkError,
    NotFound,
    PaginationUntrusted,
    RegistryError,
    Stage,
)
from registries.providers.shared.combined_catalog import combine_catalogs

REFUSALS = [
    AccessDenied("not the others", status=403),
    NotFound("no others", status=404),
    AuthenticationFailed("not you", status=401),
]


def listing(*names: str, then: RegistryError | None = None) -> Iterator[str]:
    yield from names
    if then is not None:
        raise then


def holds() -> None:
    """Accept the credentials."""


def does_not_hold() -> None:
    raise AuthenticationFailed("it has ended")


def test_each_name_is_listed_once() -> None:
    assert list(combine_catalogs([listing("a", "b"), listing("b", "c")], holds)) == ["a", "b", "c"]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_a_refused_listing_is_reported_after_all_others(refusal: RegistryError) -> None:
    names = combine_catalogs(
        [listing(then=refusal), listing("a", then=refusal), listing("b")], holds
    )
    assert [next(names), next(names)] == ["a", "b"]
    with pytest.raises(AccessDenied, match=str(refusal)) as caught:
        next(names)
    assert (caught.value.status, caught.value.stage) == (refusal.status, Stage.CATALOG)


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_the_catalog_is_forbidden_if_every_listing_is_refused(refusal: RegistryError) -> None:
    with pytest.raises(CatalogForbidden, match=str(refusal)) as caught:
        list(combine_catalogs([listing(then=refusal)], holds))
    assert caught.value.status == refusal.status


def test_a_refusal_to_enumerate_listings_is_reported() -> None:
    def listings() -> Iterator[Iterator[str]]:
        yield listing("a")
        raise REFUSALS[0]

    names = combine_catalogs(listings(), holds)
    assert next(names) == "a"
    with pytest.raises(AccessDenied):
        next(names)


def test_rejected_credentials_stop_the_listing() -> None:
    names = combine_catalogs([listing(then=REFUSALS[2]), listing("a")], does_not_hold)
    with pytest.raises(AuthenticationFailed, match="it has ended"):
        next(names)


def test_any_other_failure_stops_the_listing() -> None:
    names = combine_catalogs([listing("a", then=NetworkError("away")), listing("b")], holds)
    assert next(names) == "a"
    with pytest.raises(NetworkError):
        next(names)


def test_names_outside_the_grammar_are_collected() -> None:
    outside: list[str] = []
    assert list(combine_catalogs([listing("a", "Not One", "x" * 999)], holds, outside)) == ["a"]
    assert outside == ["Not One", "x" * 300]


def test_no_listings_are_not_an_error() -> None:
    assert list(combine_catalogs([], holds)) == []


def test_an_endless_catalog_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registries.providers.shared.combined_catalog.MAX_NAMES", 2)
    with pytest.raises(PaginationUntrusted):
        list(combine_catalogs([listing("a", "b"), listing("c")], holds))


def test_an_invalid_name_is_collected_once() -> None:
    outside: list[str] = []
    assert list(combine_catalogs([listing("A", "a"), listing("A", "-")], holds, outside)) == ["a"]
    assert outside == ["A", "-"]
