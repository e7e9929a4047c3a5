"""The only writer of the audit trail.

It is called inside the transaction of the change it records, so that both are kept or neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry
from harborguard.api.naming import camel
from harborguard.clock import Now

MASK = "***"
_LONGEST_VALUE = 1000


def record(
    action: AuditEntry.Action,
    *,
    by: Actor,
    on: Model | None = None,
    name: str = "",
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Write one entry. ``changes`` are pairs of before and after by field, with secrets masked.
    Unchanged fields are left out."""
    AuditEntry.objects.create(
        at=Now(),
        action=action,
        actor=by.name[:200],
        user_id=by.user.pk if by.user else None,
        key_id=by.key.pk if by.key else None,
        key_name=by.key.name if by.key else "",
        address=by.address,
        request_id=by.request_id,
        object_type=on._meta.model_name or "" if on is not None else action.partition(".")[0],
        object_id=on.pk if on is not None else None,
        object_name=(name or (str(on) if on is not None else ""))[:200],
        changes={
            camel(field): {"from": _short(before), "to": _short(after)}
            for field, (before, after) in (changes or {}).items()
            if before != after or before == MASK
        },
    )


def _short(value: Any) -> Any:
    """Return a value to record; a certificate or ten thousand names become their size."""
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        return f"({len(value)} characters)"
    if isinstance(value, list) and len(repr(value)) > _LONGEST_VALUE:
        return f"({len(value)} items)"
    return value
