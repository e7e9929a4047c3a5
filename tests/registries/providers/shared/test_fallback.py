from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    CatalogForbidden,
    NetworkError,
    NotFound,
    PaginationUntrusted,
    RegistryError,
    UnexpectedStatus,
)
from registries.providers.shared.base import Tag, TagListing
from registries.providers.shared.fallback import REFUSALS, names_with_fallback, tags_with_fallback

DENIED = AccessDenied("denied", status=403)
NOT_FOUND = NotFound("not found", status=404)

Listed = Callable[[str], Iterator[TagListing]]


def listed(*names: str, then: RegistryError | None = None) -> Listed:
    def listing(repository: str) -> Iterator[TagListing]:
        if names or then is None:
            yield TagListing(repository, tuple(map(Tag, names)), complete=then is None)
        if then is not None:
            raise then

    return listing


def names_of(parts: Iterator[TagListing]) -> list[str]:
    return [tag.name for part in parts for tag in part.tags]


def never(repository: str) -> Iterator[TagListing]:
    pytest.fail("the registry plane was asked though nothing was refused")


def test_the_registry_api_is_not_used_without_a_refusal() -> None:
    assert names_of(tags_with_fallback(listed("a"), never, "team/app")) == ["a"]


@pytest.mark.parametrize("status", sorted(REFUSALS))
def test_a_refused_listing_is_read_from_the_registry_api(status: int) -> None:
    refused = listed(then=UnexpectedStatus("refused", status=status))
    [part] = tags_with_fallback(refused, listed("a", "b"), "team/app")
    assert [tag.name for tag in part.tags] == ["a", "b"]
    assert part.complete
    assert part.refused_by == "refused"


def test_tags_listed_before_a_refusal_are_not_repeated() -> None:
    parts = list(tags_with_fallback(listed("a", then=DENIED), listed("a", "b"), "team/app"))
    assert names_of(iter(parts)) == ["a", "b"]
    assert [part.complete for part in parts] == [False, True]


def test_a_failure_that_is_not_a_refusal_is_raised() -> None:
    away = listed(then=UnexpectedStatus("away", status=503))
    with pytest.raises(UnexpectedStatus, match="away"):
        list(tags_with_fallback(away, never, "team/app"))


def test_an_error_mentions_both_refusals() -> None:
    other = AccessDenied("not for you", status=401)
    with pytest.raises(AccessDenied, match=r"not for you\. The product's own API: denied"):
        list(tags_with_fallback(listed(then=DENIED), listed(then=other), "team/app"))


def test_not_found_outweighs_a_denial() -> None:
    with pytest.raises(NotFound):
        list(tags_with_fallback(listed(then=NOT_FOUND), listed(then=DENIED), "team/app"))


def test_not_found_is_a_denial_if_the_api_does_not_see_everything() -> None:
    native, plane = listed(then=NOT_FOUND), listed(then=DENIED)
    with pytest.raises(AccessDenied):
        list(tags_with_fallback(native, plane, "team/app", sees_all=False))


def test_rejected_credentials_are_raised_unchanged() -> None:
    wrong = AuthenticationFailed("wrong login", status=401)
    with pytest.raises(AuthenticationFailed, match=r"^wrong login$"):
        list(tags_with_fallback(listed(then=NOT_FOUND), listed(then=wrong), "team/app"))


def broken(error: RegistryError, *names: str) -> Iterator[str]:
    yield from names
    raise error


def ignored(refusal: RegistryError) -> None:
    """Ignore the refusal."""


def test_the_catalog_is_not_read_if_the_api_answers() -> None:
    refusals: list[RegistryError] = []
    listed = names_with_fallback(
        ["a", "b", "a"], lambda: broken(NetworkError("asked")), refusals.append
    )

    assert list(listed) == ["a", "b"]
    assert refusals == []


def test_the_catalog_completes_a_refused_listing() -> None:
    refusal = AccessDenied("no", status=403)

    refusals: list[RegistryError] = []
    listed = names_with_fallback(broken(refusal, "a"), lambda: iter("abc"), refusals.append)

    assert list(listed) == ["a", "b", "c"]
    assert list(map(str, refusals)) == ["no"]


def test_an_error_mentions_the_refusals_of_the_api_and_the_catalog() -> None:
    native = broken(AccessDenied("not by the API", status=403))
    catalog = broken(CatalogForbidden("not by the catalog", status=401))

    with pytest.raises(CatalogForbidden, match=r"not by the catalog.*not by the API"):
        list(names_with_fallback(native, lambda: catalog, ignored))


def test_a_failure_does_not_lead_to_the_catalog() -> None:
    native = broken(NetworkError("away"), "a")

    with pytest.raises(NetworkError):
        list(names_with_fallback(native, lambda: iter("abc"), ignored))


def test_an_endless_listing_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registries.providers.shared.fallback.MAX_NAMES", 2)
    with pytest.raises(PaginationUntrusted):
        list(names_with_fallback("abc", lambda: iter(""), ignored))
