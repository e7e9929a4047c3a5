"""Create and revoke API keys."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import ApiKey, AuditEntry, Role, User
from harborguard.clock import Now

Action = AuditEntry.Action


class Status(models.TextChoices):
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


def status_of(key: ApiKey) -> Status:
    if key.revoked_at is not None:
        return Status.REVOKED
    is_over = key.expiry is not None and key.expiry <= timezone.now()
    return Status.EXPIRED if is_over else Status.ACTIVE


def with_status(status: str) -> Q:
    """Return the condition for keys with this status."""
    now = timezone.now()
    conditions = {
        Status.ACTIVE.value: Q(revoked_at=None) & (Q(expiry=None) | Q(expiry__gt=now)),
        Status.EXPIRED.value: Q(revoked_at=None, expiry__lte=now),
        Status.REVOKED.value: Q(revoked_at__isnull=False),
    }
    return conditions[status]


def keys_seen_by(by: Actor, *, is_admin: bool) -> QuerySet[ApiKey]:
    """Return the keys visible to a caller: all for admins, their own for other sessions. A key
    below admin sees only itself: its user may have more powerful ones, which it must neither know
    nor revoke."""
    keys = ApiKey.objects.select_related("user")
    if is_admin:
        return keys
    return keys.filter(pk=by.key.pk) if by.key else keys.filter(user=by.user)


@transaction.atomic
def create_key(
    owner: User, name: str, role: Role, *, by: Actor, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Return the key's row and the key itself, which cannot be read again.

    Raise ValidationError naming each wrong field: the role is at most the owner's and the
    creator's. A key that expires cannot create one that outlives it.
    """
    # Locked, so that the role does not change meanwhile and the second of two keys with one name is
    # refused.
    owner = User.objects.select_for_update().get(pk=owner.pk)
    _check(owner, role, by, expires_at)
    digest, secret = get_digest_token()
    shown = secret[: CONSTANTS.TOKEN_KEY_LENGTH]
    key = ApiKey(
        user=owner, name=name, role=role, expiry=expires_at, digest=digest, token_key=shown
    )
    _validate(key)
    key.save(force_insert=True)
    fields = {"user": owner.get_username(), "role": role.label, "expires_at": _iso(expires_at)}
    audit.record(
        Action.KEY_CREATED,
        by=by,
        on=key,
        name=name,
        changes={field: (None, value) for field, value in fields.items()},
    )
    return key, secret


@transaction.atomic
def revoke_key(key: ApiKey, *, by: Actor) -> bool:
    """Revoke a key. Return whether it was still valid."""
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
        wrong["role"] = (
            f"{owner.get_username()} is {Role(owner.role).label}: the role can be at most that."
        )
    if by.user is not None and role > by.user.role:
        wrong["role"] = "A key cannot have a higher role than its creator."
    if by.key is not None and role > by.key.role:
        wrong["role"] = "A key cannot create one with a higher role than its own."
    if expires_at is not None and expires_at <= timezone.now():
        wrong["expires_at"] = "This time has passed."
    last = by.key.expiry if by.key is not None else None
    if last is not None and (expires_at is None or expires_at > last):
        wrong["expires_at"] = f"{_iso(last)} at the latest, when the key that creates it expires."
    if not owner.is_active:
        wrong["user"] = f"{owner.get_username()} is deactivated."
    if wrong:
        raise ValidationError(wrong)


def _validate(key: ApiKey) -> None:
    try:
        key.full_clean()
    except ValidationError as error:
        # The only other rule concerns the name, which must be unique for the user.
        fields = {"name" if f == NON_FIELD_ERRORS else f: m for f, m in error.message_dict.items()}
        raise ValidationError(fields) from None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
