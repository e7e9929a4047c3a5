from __future__ import annotations

from typing import Any

import pytest
from requests import PreparedRequest, Response

from registries.errors import PaginationUntrusted
from registries.providers.shared.native_api import Query
from registries.providers.shared.paging import (
    Page,
    UniqueRows,
    next_from_link,
    pages,
    replace_parameter,
)
from registries.transport.response import CurlResponse, Headers


class Linking:
    """An API whose pages all link to the same next page."""

    def __init__(self, link: str) -> None:
        self._headers = Headers(f"HTTP/1.1 200 OK\r\nLink: {link}\r\n\r\n".encode())
        self.asked: list[Query] = []

    def answer(self, method: str, path: str, query: Query = ()) -> tuple[Any, Response]:
        self.asked.append(query)
        return [], CurlResponse(PreparedRequest(), 200, self._headers, b"[]")


def test_only_the_query_of_a_link_is_used() -> None:
    api = Linking('<https://elsewhere.example/other?last=b&n=1>; rel="next"')
    listing = pages(api, "/tags", [("n", "1")], next_from_link)
    next(listing)
    next(listing)
    assert api.asked[-1] == [("last", "b"), ("n", "1")]


@pytest.mark.parametrize("link", ["<>", "<?>", "</tags>", "</tags?#last=b>", "<https://other>"])
def test_a_link_without_a_query_is_not_the_end(link: str) -> None:
    with pytest.raises(PaginationUntrusted, match="without a query"):
        list(pages(Linking(f"{link}; rel=next"), "/tags", [("n", "1")], next_from_link))


def test_a_cursor_that_is_too_long_is_not_trusted() -> None:
    api = Linking("")

    def next_query(page: Page) -> Query:
        return replace_parameter(page.query, "token", "x" * 9000)

    with pytest.raises(PaginationUntrusted, match="/tags"):
        list(pages(api, "/tags", [], next_query))
    assert len(api.asked) == 1


def rows(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


@pytest.fixture
def unique() -> UniqueRows:
    return UniqueRows("/tags", lambda row: str(row["name"]))


def test_rows_that_move_to_the_next_page_are_returned_once(unique: UniqueRows) -> None:
    assert unique.unseen(rows("a", "b")) == rows("a", "b")
    assert unique.unseen(rows("b", "c")) == rows("c")


def test_one_page_may_have_no_new_rows(unique: UniqueRows) -> None:
    unique.unseen(rows("a"))
    assert unique.unseen(rows("a")) == []
    assert unique.unseen(rows("b")) == rows("b")


def test_a_listing_without_new_rows_is_not_trusted(unique: UniqueRows) -> None:
    unique.unseen(rows("a"))
    unique.unseen(rows("a"))
    unique.unseen([])
    with pytest.raises(PaginationUntrusted, match="/tags"):
        unique.unseen(rows("b"))


def test_an_endless_listing_is_not_trusted(
    unique: UniqueRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registries.providers.shared.paging.MAX_NAMES", 3)
    unique.unseen(rows("a", "b", "c"))
    with pytest.raises(PaginationUntrusted, match="/tags does not end"):
        unique.unseen(rows("d"))
