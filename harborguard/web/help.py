"""The help pages: the user documentation in docs/, served without a network."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

_FOLDER: Path = settings.BASE_DIR / "docs"


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page. ``name`` is its path below docs/, without the ending."""

    name: str
    title: str
    html: SafeString


def help_index(request: HttpRequest) -> HttpResponse:
    pages = [read_page(name) for name in page_names() if not name.startswith("decisions/")]
    guides = [page for page in pages if "/" not in page.name]
    providers = [page for page in pages if page.name.startswith("providers/")]
    return render(request, "help_index.html", {"guides": guides, "providers": providers})


def help_page(request: HttpRequest, page: str) -> HttpResponse:
    if page not in page_names():
        raise Http404
    return render(request, "help.html", {"page": read_page(page)})


@cache
def page_names() -> tuple[str, ...]:
    """Return the names of all pages, sorted. Only these are ever read from disk."""
    files = sorted(_FOLDER.rglob("*.md"))
    return tuple(file.relative_to(_FOLDER).with_suffix("").as_posix() for file in files)


@cache
def read_page(name: str) -> Page:
    """Render a page of ``page_names``, once per process."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse((_FOLDER / f"{name}.md").read_text())
    title = _number_headings(tokens)
    for token in tokens:
        _rewrite_links(token.children or [], name)
        if token.type in {"table_open", "fence"}:  # they scroll sideways, also by keyboard
            token.attrSet("tabindex", "0")
    html = markdown.renderer.render(tokens, markdown.options, {})
    return Page(name, title or name, mark_safe(html))  # noqa: S308  rendered without HTML of its own


def _number_headings(tokens: list[Token]) -> str:
    """Give each heading the id that GitHub gives it, and return the text of the first one."""
    title = ""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            text = "".join(child.content for child in inline.children or [])
            title = title or text
            opening.attrSet("id", slug_of(text))
    return title


def slug_of(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower().strip()).replace(" ", "-")


def _rewrite_links(tokens: list[Token], name: str) -> None:
    """Lead links between pages to the help pages, and drop links to files that are not served."""
    dropped = False
    for token in tokens:
        if token.type == "link_open":
            address = _address_of(str(token.attrGet("href") or ""), name)
            dropped = address is None
            if address is None:
                token.tag, token.attrs = "span", {}
            else:
                token.attrSet("href", address)
        elif token.type == "link_close" and dropped:
            token.tag, dropped = "span", False


def _address_of(href: str, name: str) -> str | None:
    parts = urlsplit(href)
    if parts.scheme or href.startswith("#"):
        return href
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path))
    target = target.removesuffix(".md")
    if not parts.path.endswith(".md") or target not in page_names():
        return None
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return reverse("help", args=[target]) + fragment
