"""Making and revoking API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import ApiKey, AuditEntry, Role, User

Action = AuditEntry.Action


@transaction.atomic
def create_key(
    owner: User, name: str, role: Role, *, by: Actor, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Return the key's row and the key itself, which nobody can read again.

    Raise ValidationError that names each wrong field: the role is at most the owner's, and at
    most that of the key's maker.
    """
    _check(owner, role, by, expires_at)
    fields: dict[str, Any] = {"user": owner, "name": name, "role": role, "expiry": expires_at}
    ApiKey(**fields).full_clean(exclude={"digest", "token_key"})
    key, secret = ApiKey.objects.issue(**fields)
    told = {"user": owner.get_username(), "role": role.label, "expiresAt": _iso(expires_at)}
    audit.record(
        Action.KEY_CREATED,
        by=by,
        on=key,
        name=name,
        changes={field: (None, value) for field, value in told.items()},
    )
    return key, secret


@transaction.atomic
def revoke_key(key: ApiKey, *, by: Actor) -> bool:
    """Return whether it was still good; a key is revoked once."""
    ours = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=Now())
    if ours:
        audit.record(
            Action.KEY_REVOKED,
            by=by,
            on=key,
            name=key.name,
            changes={"user": (key.user.get_username(), None)},
        )
    return bool(ours)


def _check(owner: User, role: Role, by: Actor, expires_at: datetime | None) -> None:
    wrong = {}
    if role > owner.role:
        wrong["role"] = f"{owner.get_username()} is {Role(owner.role).label}: at most that."
    if by.user is not None and role > by.user.role:
        wrong["role"] = "A key cannot have a higher role than whoever makes it."
    if by.key is not None and role > by.key.role:
        wrong["role"] = "A key cannot make one with a higher role than its own."
    if expires_at is not None and expires_at <= timezone.now():
        wrong["expires_at"] = "This moment has passed."
    if not owner.is_active:
        wrong["user"] = f"{owner.get_username()} may not sign in."
    if wrong:
        raise ValidationError(wrong)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
