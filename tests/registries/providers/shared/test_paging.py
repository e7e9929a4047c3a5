from __future__ import annotations

from typing import Any

import pytest
from requests import PreparedRequest, Response

from registries.errors import PaginationUntrusted
from registries.providers.shared.native_api import Query
from registries.providers.shared.paging import NewRows, Page, linked, pages, with_parameter
from registries.transport.response import CurlResponse, Headers


class Linking:
    """Every page has the same link to a next one."""

    def __init__(self, link: str) -> None:
        self._headers = Headers(f"HTTP/1.1 200 OK\r\nLink: {link}\r\n\r\n".encode())
        self.asked: list[Query] = []

    def answer(self, method: str, path: str, query: Query = ()) -> tuple[Any, Response]:
        self.asked.append(query)
        return [], CurlResponse(PreparedRequest(), 200, self._headers, b"[]")


def test_a_link_gives_its_query_alone() -> None:
    api = Linking('<https://elsewhere.example/other?last=b&n=1>; rel="next"')
    listing = pages(api, "/tags", [("n", "1")], linked)
    next(listing)
    next(listing)
    assert api.asked[-1] == [("last", "b"), ("n", "1")]


@pytest.mark.parametrize("link", ["<>", "<?>", "</tags>", "</tags?#last=b>", "<https://other>"])
def test_a_link_without_a_query_is_no_end(link: str) -> None:
    with pytest.raises(PaginationUntrusted, match="without a query"):
        list(pages(Linking(f"{link}; rel=next"), "/tags", [("n", "1")], linked))


def test_a_place_that_takes_too_long_to_name_is_not_believed() -> None:
    api = Linking("")

    def following(page: Page) -> Query:
        return with_parameter(page.query, "token", "x" * 9000)

    with pytest.raises(PaginationUntrusted, match="/tags"):
        list(pages(api, "/tags", [], following))
    assert len(api.asked) == 1


def rows(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


@pytest.fixture
def new() -> NewRows:
    return NewRows("/tags", lambda row: str(row["name"]))


def test_rows_that_moved_to_the_next_page_are_told_once(new: NewRows) -> None:
    assert new.of(rows("a", "b")) == rows("a", "b")
    assert new.of(rows("b", "c")) == rows("c")


def test_one_page_may_bring_nothing_new(new: NewRows) -> None:
    new.of(rows("a"))
    assert new.of(rows("a")) == []
    assert new.of(rows("b")) == rows("b")


def test_a_listing_that_goes_on_without_anything_new_is_not_believed(new: NewRows) -> None:
    new.of(rows("a"))
    new.of(rows("a"))
    new.of([])
    with pytest.raises(PaginationUntrusted, match="/tags"):
        new.of(rows("b"))


def test_a_listing_that_never_ends_is_not_believed(
    new: NewRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registries.providers.shared.paging.MAX_NAMES", 3)
    new.of(rows("a", "b", "c"))
    with pytest.raises(PaginationUntrusted, match="/tags does not end"):
        new.of(rows("d"))
