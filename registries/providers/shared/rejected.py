"""Names that violate the OCI grammar: shown, never stored."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from registries.oci.listing import MAX_REJECTED

# A registry may send a name as long as a whole body.
_SHOWN_LENGTH = 300


def rejected(names: Iterable[str]) -> tuple[str, ...]:
    """Return the first invalid names, shortened for display."""
    return tuple(name[:_SHOWN_LENGTH] for name in islice(names, MAX_REJECTED))
