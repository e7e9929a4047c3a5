"""The next page of a listing, and when to stop believing in one.

distribution-spec, "Listing Tags": ``Link: <...>; rel="next"``. Of the link nothing but its
query is used, on our own URL: so no link leads anywhere else. And as a registry may go on for
ever, a listing that stops to bring anything new ends as an error, never as complete.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, quote, urljoin

from registries.errors import PaginationUntrusted
from registries.oci.link import next_target
from registries.transport.origin import ORIGIN_PART, Origin

MAX_PAGES = 10_000
MAX_NAMES = 2_000_000
MAX_SECONDS = 6 * 3600.0

# Printable ASCII but the backslash, which some take for a slash.
_PLAIN = re.compile(r"[\x21-\x5b\x5d-\x7e]+")


class Pages:
    """One listing: the query of each page, in turn, from the answer to the one before."""

    def __init__(
        self,
        origin: Origin,
        path: str,
        page_size: int | None,
        clock: Callable[[], float] = time.monotonic,
        *,
        misleading_links: bool = False,
    ) -> None:
        """``misleading_links``: as of ``Quirks``."""
        self.query: str | None = f"n={page_size}" if page_size else ""
        self._origin = origin
        self._path = path
        self._page_size = page_size
        self._clock = clock
        self._misleading_links = misleading_links
        self._started = clock()
        self._seen: set[str] = set()
        self._rejected = 0
        self._queries: set[str] = set()
        self._last: list[str] | None = None
        self._asked_last: str | None = None
        self._is_trial = False
        self._pages = 0
        self._idle_pages = 0

    def take(self, names: Sequence[str], link: str | None, *, rejected: int = 0) -> list[str]:
        """What is new of a page's ``names``; sets ``query`` to the next page's, or to None.

        ``rejected`` is how many further names stood on the page, none of them a name.
        """
        new = [name for name in dict.fromkeys(names) if name not in self._seen]
        self._seen.update(new)
        self._rejected += rejected
        self._pages += 1
        self._idle_pages = 0 if new or rejected else self._idle_pages + 1
        target = self._next_target(link)
        if target is not None:
            self.query = self._follow(target)
        else:
            self.query = self._without_a_link(names, bool(new), len(names) + rejected)
        if self.query is not None and self._is_too_long():
            raise self._untrusted("does not come to an end")
        return new

    def _without_a_link(self, names: Sequence[str], is_new: bool, size: int) -> str | None:
        """Some registries page without a link: a full page is asked for what follows it."""
        if self._page_size is None:
            return None
        if self._is_trial:
            self._judge_trial(size, self._page_size // 2)
            return None
        if is_new and size == self._page_size:
            self._asked_last = names[-1]
            return f"n={self._page_size}&last={quote(names[-1], safe='')}"
        if self._asked_last is None or is_new or set(names) <= {self._asked_last}:
            return None
        # Once more what we have. Whether that is all shows a page that should be shorter.
        self._is_trial = True
        return f"n={self._page_size // 2}"

    def _judge_trial(self, size: int, asked: int) -> None:
        """A registry that does not heed our page size has told all of it at once."""
        if size <= asked:
            raise self._untrusted("does not go on after its first page")

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

    def _next_target(self, link: str | None) -> str | None:
        try:
            return next_target(link) if link else None
        except ValueError:
            raise self._untrusted("has a next-page link that cannot be read") from None

    def _own_query(self, target: str) -> str:
        """The query of a link to the same path of the same origin; any other is refused, unless
        the product is known for links that are wrong.
        """
        address, _, query = target.partition("?")
        if match := ORIGIN_PART.match(address):
            is_own = _is_origin(match[0], self._origin) and address[match.end() :] == self._path
        else:
            is_own = urljoin(self._path, address) == self._path
        is_used = is_own or self._misleading_links
        if not is_used or not query or "#" in query or _PLAIN.fullmatch(target) is None:
            raise self._untrusted("leads elsewhere")
        return query

    def _is_too_long(self) -> bool:
        return (
            self._pages >= MAX_PAGES
            or len(self._seen) + self._rejected > MAX_NAMES
            or self._clock() - self._started > MAX_SECONDS
        )

    def _untrusted(self, why: str) -> PaginationUntrusted:
        return PaginationUntrusted(f"Pagination untrusted: the listing of {self._path} {why}")


def _is_origin(text: str, origin: Origin) -> bool:
    try:
        return Origin.parse(text) == origin
    except ValueError:
        return False
