from __future__ import annotations

import pytest

from registries.errors import PaginationUntrusted
from registries.providers.shared.new_rows import NewRows


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
    monkeypatch.setattr("registries.providers.shared.new_rows.MAX_NAMES", 3)
    new.of(rows("a", "b", "c"))
    with pytest.raises(PaginationUntrusted, match="/tags does not end"):
        new.of(rows("d"))
