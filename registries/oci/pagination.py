"""The next page of a listing, and when to stop believing in one.

distribution-spec, "Listing Tags": ``Link: <...>; rel="next"``. Of the link nothing but its
query is used, on our own URL: so no link leads anywhere else. And as a registry may go on for
ever, a listing that stops to bring anything new ends as an error, never as complete.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, quote, urljoin

from requests.utils import parse_header_links

from registries.errors import PaginationUntrusted
from registries.transport.origin import Origin

MAX_PAGES = 10_000
MAX_NAMES = 2_000_000

_ORIGIN_PART = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
# Printable ASCII but the backslash, which some take for a slash.
_PLAIN = re.compile(r"[\x21-\x5b\x5d-\x7e]+")


class Pages:
    """One listing: the query of each page, in turn, from the answer to the one before."""

    def __init__(self, origin: Origin, path: str, page_size: int | None) -> None:
        self.query: str | None = f"n={page_size}" if page_size else ""
        self._origin = origin
        self._path = path
        self._page_size = page_size
        self._seen: set[str] = set()
        self._queries: set[str] = set()
        self._last: list[str] | None = None
        self._pages = 0
        self._idle_pages = 0

    def take(self, names: Sequence[str], link: str | None) -> list[str]:
        """What is new of a page's ``names``; sets ``query`` to the next page's, or to None."""
        new = [name for name in dict.fromkeys(names) if name not in self._seen]
        self._seen.update(new)
        self._pages += 1
        self._idle_pages = 0 if new else self._idle_pages + 1
        target = _next_target(link)
        if target is not None:
            self.query = self._follow(target)
        elif new and len(names) == self._page_size:
            # Some registries page without a link; those that do not repeat themselves.
            self.query = f"n={self._page_size}&last={quote(names[-1], safe='')}"
        else:
            self.query = None
        if self.query is not None and (self._pages >= MAX_PAGES or len(self._seen) > MAX_NAMES):
            raise self._untrusted("does not come to an end")
        return new

    def _follow(self, target: str) -> str:
        query = self._own_query(target)
        last = parse_qs(query).get("last")
        if query in self._queries or self._idle_pages >= 2 or (last and last == self._last):
            raise self._untrusted("goes in a circle")
        self._queries.add(query)
        self._last = last
        if self._page_size and "n" not in parse_qs(query):
            return f"{query}&n={self._page_size}"
        return query

    def _own_query(self, target: str) -> str:
        """The query of a link to the same path of the same origin; any other is refused."""
        address, _, query = target.partition("?")
        if match := _ORIGIN_PART.match(address):
            is_own = _is_origin(match[0], self._origin) and address[match.end() :] == self._path
        else:
            is_own = not address.startswith("//") and urljoin(self._path, address) == self._path
        if not is_own or not query or "#" in query or _PLAIN.fullmatch(target) is None:
            raise self._untrusted("leads elsewhere")
        return query

    def _untrusted(self, why: str) -> PaginationUntrusted:
        return PaginationUntrusted(f"Pagination untrusted: the listing of {self._path} {why}")


def _next_target(link: str | None) -> str | None:
    for candidate in parse_header_links(link) if link else ():
        relations = {key.lower(): value for key, value in candidate.items()}.get("rel", "")
        if "next" in relations.lower().split():
            return candidate["url"]
    return None


def _is_origin(text: str, origin: Origin) -> bool:
    try:
        return Origin.parse(text) == origin
    except ValueError:
        return False
