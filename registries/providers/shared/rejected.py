"""Names outside the OCI grammar, to be shown and never to be stored."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from registries.oci.listing import MAX_REJECTED

# A registry may give a name that is as long as a body.
_SHOWN_LENGTH = 300


def rejected(names: Iterable[str]) -> tuple[str, ...]:
    """The first of them, cut to what can be shown."""
    return tuple(name[:_SHOWN_LENGTH] for name in islice(names, MAX_REJECTED))
