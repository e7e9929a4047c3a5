"""Group references for products that resolve several at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from registries.oci.reference import Reference

# Groups that are not full yet hold no more than this.
_WAITING_MOST = 5000


def by_repository(references: Iterable[Reference], most: int) -> Iterator[list[Reference]]:
    """Yield groups of one repository, at most ``most`` each, however the references are mixed."""
    waiting: dict[str, list[Reference]] = {}
    count = 0
    for reference in references:
        group = waiting.setdefault(reference.repository, [])
        group.append(reference)
        count += 1
        if len(group) == most:
            yield waiting.pop(reference.repository)
            count -= most
        elif count >= _WAITING_MOST:
            yield from waiting.values()
            waiting, count = {}, 0
    yield from waiting.values()
