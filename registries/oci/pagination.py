"""Find the next page of a listing, and decide when to stop trusting it.

See distribution-spec, "Listing Tags": ``Link: <...>; rel="next"``. Only the query of the link is
used, on our own URL, so no link leads elsewhere. A listing that stops returning new names ends as
an error, never as complete.
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

# Printable ASCII except the backslash, which some servers take for a slash.
_PLAIN = re.compile(r"[\x21-\x5b\x5d-\x7e]+")


class Pages:
    """The pages of one listing: each query comes from the page before."""

    def __init__(
        self,
        origin: Origin,
        path: str,
        page_size: int | None,
        clock: Callable[[], float] = time.monotonic,
        *,
        misleading_links: bool = False,
    ) -> None:
        """``misleading_links``: see ``Quirks``."""
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
        """Return the new names of a page, and set ``query`` to that of the next page, or None.

        ``rejected`` is the number of invalid names on the page.
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
            raise self._untrusted("does not end")
        return new

    def _without_a_link(self, names: Sequence[str], is_new: bool, size: int) -> str | None:
        """Return the next query without a link: some registries expect ``last`` after a full
        page."""
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
        # Request the last names again, with a smaller page, to see whether that is all.
        self._is_trial = True
        return f"n={self._page_size // 2}"

    def _judge_trial(self, size: int, asked: int) -> None:
        """Interpret that trial: a registry that ignores our page size has already sent
        everything."""
        if size <= asked:
            raise self._untrusted("does not continue after its first page")

    def _follow(self, target: str) -> str:
        query = self._own_query(target)
        last = parse_qs(query).get("last")
        if query in self._queries or self._idle_pages >= 2 or (last and last == self._last):
            raise self._untrusted("loops")
        self._queries.add(query)
        self._last = last
        if self._page_size and "n" not in parse_qs(query):
            return f"{query}&n={self._page_size}"
        return query

    def _next_target(self, link: str | None) -> str | None:
        try:
            return next_target(link) if link else None
        except ValueError:
            raise self._untrusted("has a next-page link that cannot be parsed") from None

    def _own_query(self, target: str) -> str:
        """Return the query of a link to the same path and origin; refuse others, unless the product
        is known for wrong links."""
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
