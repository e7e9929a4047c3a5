from __future__ import annotations

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from registries.errors import PaginationUntrusted
from registries.oci import pagination
from registries.oci.pagination import Pages
from registries.transport.origin import Origin

ORIGIN = Origin.parse("https://reg.example.com")
PATH = "/v2/_catalog"


def pages(page_size: int | None = 2) -> Pages:
    return Pages(ORIGIN, PATH, page_size)


def link(target: str, relation: str = 'rel="next"') -> str:
    return f"<{target}>; {relation}"


@pytest.mark.parametrize(
    "target",
    [
        "/v2/_catalog?last=b&n=2",
        "_catalog?last=b&n=2",
        "?last=b&n=2",
        "https://reg.example.com/v2/_catalog?last=b&n=2",
        "https://REG.example.com:443/v2/_catalog?last=b&n=2",
    ],
)
@pytest.mark.parametrize(
    "relation", ['rel="next"', "rel=next", 'REL="Next"', 'title="x"; rel="last next"']
)
def test_it_takes_the_query_of_the_next_page(target: str, relation: str) -> None:
    listing = pages()
    assert listing.query == "n=2"
    assert listing.take(["a", "b"], link(target, relation)) == ["a", "b"]
    assert listing.query == "last=b&n=2"


def test_it_asks_for_its_page_size_again_where_the_link_lost_it() -> None:
    listing = pages()
    listing.take(["a", "b"], link("/v2/_catalog?next_page=xyz"))
    assert listing.query == "next_page=xyz&n=2"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example.com/v2/_catalog?last=b",
        "//evil.example.com/v2/_catalog?last=b",
        "http://reg.example.com/v2/_catalog?last=b",
        "https://reg.example.com:8443/v2/_catalog?last=b",
        "https://user@reg.example.com/v2/_catalog?last=b",
        "https://reg.example.com\\@evil/v2/_catalog?last=b",
        "/\\evil.example.com/v2/_catalog?last=b",
        "/admin?x=1",
        "/v2/_catalog/../admin?x=1",
        "/v2/%5fcatalog?last=b",
        "/v2/_catalog",
        "/v2/_catalog?",
        "/v2/_catalog?last=b#c",
        "/v2/_catalog?last=\u00e9",
        "/v2/_catalog?last=a b",
        "",
        "javascript:alert(1)?x",
        "file:///v2/_catalog?last=b",
    ],
)
def test_it_refuses_a_link_that_leads_elsewhere(target: str) -> None:
    with pytest.raises(PaginationUntrusted, match="leads elsewhere"):
        pages().take(["a", "b"], link(target))


def test_without_a_next_link_a_short_page_is_the_last() -> None:
    for other in (None, "", link("/v2/_catalog?last=a", 'rel="prev"')):
        listing = pages()
        listing.take(["a"], other)
        assert listing.query is None


def test_a_full_page_without_a_link_is_asked_for_more() -> None:
    listing = pages()
    listing.take(["a", "b&n=9/\u00e9"], None)
    assert listing.query == "n=2&last=b%26n%3D9%2F%C3%A9"
    assert listing.take([], None) == []
    assert listing.query is None


def repeated(listing: Pages) -> Pages:
    """A full first page, and it again in place of what follows it."""
    for _ in range(2):
        listing.take(["a", "b", "c", "d"], None)
    return listing


def test_a_registry_that_ignores_our_size_has_told_all() -> None:
    listing = repeated(pages(4))
    assert listing.query == "n=2"
    listing.take(["a", "b", "c", "d"], None)
    assert listing.query is None


def test_a_registry_that_heeds_our_size_but_does_not_go_on_is_not_believed() -> None:
    with pytest.raises(PaginationUntrusted, match="does not continue"):
        repeated(pages(4)).take(["a", "b"], None)


def test_a_page_that_begins_with_the_last_name_may_end_there() -> None:
    listing = pages()
    listing.take(["a", "b"], None)
    listing.take(["b"], None)
    assert listing.query is None


def test_rejected_names_are_counted_but_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "MAX_NAMES", 5)
    listing = pages()
    for page in range(2):
        listing.take([], link(f"?token={page}"), rejected=2)
    with pytest.raises(PaginationUntrusted, match="end"):
        listing.take([], link("?token=9"), rejected=2)


def test_it_stops_after_so_long_a_time() -> None:
    now = 0.0
    listing = Pages(ORIGIN, PATH, 2, lambda: now)
    listing.take(["a"], link("?last=a"))
    now = pagination.MAX_SECONDS + 1
    with pytest.raises(PaginationUntrusted, match="end"):
        listing.take(["b"], link("?last=b"))


@pytest.mark.parametrize("header", ["nonsense", "<?last=a", '<?last=a>; rel="next', "<a> <b>"])
def test_a_link_that_cannot_be_read_is_not_the_end(header: str) -> None:
    with pytest.raises(PaginationUntrusted, match="cannot be parsed"):
        pages().take(["a", "b"], header)


def test_a_page_that_ignores_our_size_is_not_asked_for_more() -> None:
    for listing in (pages(2), pages(None)):
        listing.take(["a", "b", "c"], None)
        assert listing.query is None


def test_every_name_is_given_once() -> None:
    listing = pages()
    assert listing.take(["b", "a", "b"], link("?last=b")) == ["b", "a"]
    assert listing.take(["a", "c"], link("?last=c")) == ["c"]


def test_it_refuses_a_link_to_itself() -> None:
    listing = pages()
    listing.take(["a"], link("?last=a"))
    with pytest.raises(PaginationUntrusted, match="loops"):
        listing.take(["b"], link("?last=a"))


def test_it_refuses_a_cycle_of_two() -> None:
    listing = pages()
    listing.take(["a"], link("?last=a"))
    listing.take(["b"], link("?last=b"))
    with pytest.raises(PaginationUntrusted, match="loops"):
        listing.take(["c"], link("?last=a"))


def test_it_refuses_a_last_that_does_not_move() -> None:
    listing = pages()
    listing.take(["a"], link("?last=a&t=1"))
    with pytest.raises(PaginationUntrusted, match="loops"):
        listing.take(["b"], link("?last=a&t=2"))


def test_one_page_may_bring_nothing_new_but_not_two() -> None:
    listing = pages()
    listing.take([], link("?token=1"))
    listing.take(["a"], link("?token=2"))
    listing.take([], link("?token=3"))
    with pytest.raises(PaginationUntrusted, match="loops"):
        listing.take(["a"], link("?token=4"))


def test_it_stops_after_so_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "MAX_PAGES", 3)
    listing = pages()
    listing.take(["a"], link("?last=a"))
    listing.take(["b"], link("?last=b"))
    with pytest.raises(PaginationUntrusted, match="end"):
        listing.take(["c"], link("?last=c"))


def test_it_stops_after_so_many_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "MAX_NAMES", 3)
    with pytest.raises(PaginationUntrusted, match="end"):
        pages().take(["a", "b", "c", "d"], link("?last=d"))


@given(st.text(max_size=60))
@example("<")
@example("<>;;;")
@example('<?last=b>; rel="next", <https://evil.example.com/?x>; rel=next')
def test_any_link_is_our_own_next_page_or_refused(text: str) -> None:
    listing = pages()
    try:
        listing.take(["a"], f"<{text}>; rel=next")
    except PaginationUntrusted:
        event("refused")
        return
    assert listing.query is not None
    assert listing.query.isascii()
    assert listing.query.isprintable()
    assert not set(listing.query) & set(" #\\<>")
