from __future__ import annotations

import pytest

from registries.oci.link import MAX_LENGTH, next_target


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<a>; rel="next"', "a"),
        ("<a>;rel=next", "a"),
        ('<a> ; REL = "Last Next"', "a"),
        ('<a>; title="x, <y>; rel=next"; rel="next"', "a"),
        (r'<a>; title="say \"no\""; rel=next', "a"),
        ("<a>; results=true; flag; odd=a/b:c; rel=next;", "a"),
        ("<a>; title*=UTF-8''x; rel=\"next\"", "a"),
        ("<a>; rel=prev, <b>; rel=next, <c>; rel=next", "b"),
        (", <a>; rel=prev,, <b>; rel=next ,", "b"),
        ("<a>; rel=prev; rel=next", None),
        ("<a>; rel=nextish", None),
        ("<a>", None),
        ("", None),
        (" , ", None),
    ],
)
def test_it_finds_the_next_page(header: str, target: str | None) -> None:
    assert next_target(header) == target


@pytest.mark.parametrize(
    "header",
    [
        "a; rel=next",
        "<a",
        '<a>; rel="next',
        "<a> rel=next",
        "<a>; rel=next <b>",
        '<a>; odd=x"y; rel=next',
        "<a>; =x; rel=next",
        "<<a>>; rel=next",
        "<" + "a" * MAX_LENGTH + ">; rel=next",
    ],
)
def test_what_cannot_be_read_is_an_error(header: str) -> None:
    with pytest.raises(ValueError, match=r"not a link|too long"):
        next_target(header)
