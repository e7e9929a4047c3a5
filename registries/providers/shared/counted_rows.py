"""Listings with numbered pages that report the total number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from registries.providers.shared.native_api import Query, objects
from registries.providers.shared.new_rows import NewRows
from registries.providers.shared.paging import (
    Answering,
    Page,
    linked,
    pages,
    parameter,
    with_parameter,
)

Row = dict[str, Any]


def counted_rows(
    api: Answering,
    path: str,
    query: Query,
    key: Callable[[Row], str],
    *,
    size: tuple[str, int],
    untold: float,
) -> Iterator[list[Row]]:
    """Yield each row once, identified by ``key``, page by page.

    Rows are counted, as a page may hold fewer than requested, and a proxy may strip links. ``size``
    is the page size parameter and its first value; ``untold`` is the number of rows to assume where
    the API reports none.
    """
    new = NewRows(path, key)
    count, is_over = 0, False

    def following(page: Page) -> Query | None:
        number = int(parameter(page.query, "page"))
        return None if is_over else with_parameter(page.query, "page", str(number + 1))

    name, most = size
    first = [*query, (name, str(most)), ("page", "1")]
    for page in pages(api, path, first, following, size=name):
        rows = objects(page.document, path)
        found = new.of(rows)
        count += len(found)
        is_over = linked(page) is None and (not rows or count >= _total(page, untold))
        yield found


def _total(page: Page, untold: float) -> float:
    told = page.response.headers.get("X-Total-Count", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else untold
