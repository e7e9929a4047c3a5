"""Batches of references, as ECR resolves several at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from registries.oci.reference import Reference

# The total size of groups that are not full yet.
_MAX_PENDING = 5000


def by_repository(references: Iterable[Reference], most: int) -> Iterator[list[Reference]]:
    """Yield groups of at most ``most`` references of one repository, in any order."""
    pending: dict[str, list[Reference]] = {}
    count = 0
    for reference in references:
        group = pending.setdefault(reference.repository, [])
        group.append(reference)
        count += 1
        if len(group) == most:
            yield pending.pop(reference.repository)
            count -= most
        elif count >= _MAX_PENDING:
            yield from pending.values()
            pending, count = {}, 0
    yield from pending.values()
