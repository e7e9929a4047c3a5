"""The only writer of accounts. At least one account that can sign in as admin always remains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.crypto import get_random_string

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import ApiKey, AuditEntry, Role, User

Action = AuditEntry.Action

# Made passwords are read aloud, so they have no characters that look alike.
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"
_LENGTH = 18


class LastAdmin(Exception):
    code = "last_admin"

    def __str__(self) -> str:
        return "No other account can sign in as admin. Make another user an admin first."


def admins() -> QuerySet[User]:
    """Return the accounts that can sign in as admin; service accounts have no password."""
    active = User.objects.filter(role=Role.ADMIN, is_active=True)
    return active.exclude(password="").exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def require_an_admin() -> None:
    if not admins().exists():
        raise LastAdmin


@transaction.atomic
def create_user(*, by: Actor, password: str | None = None, **fields: Any) -> User:
    """Create an account; without a password it is a service account, which only works with keys.

    Raise ValidationError naming each wrong field.
    """
    user = User(**fields)
    _set_password(user, password)
    _save(user)
    names = dict.fromkeys(("username", "role", *fields))
    changes = {name: (None, _told(user, name)) for name in names}
    if password is not None:
        changes["password"] = (None, audit.MASK)
    audit.record(Action.USER_CREATED, by=by, on=user, changes=changes)
    return user


@transaction.atomic
def change_user(user: User, *, by: Actor, **fields: Any) -> User:
    """Change fields, including the password; None removes it.

    Raise ValidationError naming each wrong field, or LastAdmin.
    """
    _refuse_the_password_of_its_own_user(fields, user, by)
    with _an_admin_stays():
        stored = User.objects.select_for_update().get(pk=user.pk)
        changes = _apply(stored, fields)
        if not changes:
            return stored
        _save(stored, update_fields=list(changes))
        action = Action.PASSWORD_CHANGED if set(changes) == {"password"} else Action.USER_CHANGED
        audit.record(action, by=by, on=stored, changes=changes)
    return stored


@transaction.atomic
def delete_user(user: User, *, by: Actor) -> None:
    """Delete an account with its keys; what it did stays in the audit trail. Raise LastAdmin."""
    with _an_admin_stays():
        stored = User.objects.select_for_update().filter(pk=user.pk).first()
        if stored is None:
            return
        keys = ApiKey.objects.filter(user=stored, revoked_at=None).count()
        changes = {"role": (_told(stored, "role"), None), "keys": (keys, 0)}
        audit.record(Action.USER_DELETED, by=by, on=stored, changes=changes)
        stored.delete()


@contextmanager
def password_form(user: User, *, by: Actor) -> Iterator[None]:
    """Wrap Django's own forms, which set a password by themselves. Raise LastAdmin."""
    with transaction.atomic(), _an_admin_stays():
        before = User.objects.select_for_update().get(pk=user.pk)
        yield
        after = User.objects.get(pk=user.pk)
        if after.password != before.password:
            changes = {"password": (_told(before, "password"), _told(after, "password"))}
            audit.record(Action.PASSWORD_CHANGED, by=by, on=after, changes=changes)


@contextmanager
def _an_admin_stays() -> Iterator[None]:
    """Serialize changes: of two admins who demote each other, one is refused."""
    were_there = list(admins().order_by("pk").select_for_update().values_list("pk"))
    yield
    if were_there:
        require_an_admin()


def made_password() -> str:
    """Return a password for another user. It begins with a letter: one of digits is refused."""
    return get_random_string(1, _LETTERS) + get_random_string(_LENGTH - 1, _LETTERS + _DIGITS)


def _apply(user: User, fields: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Set the fields; return before and after of those that differ."""
    before = {name: _told(user, name) for name in fields}
    for name, value in fields.items():
        if name == "password":
            _set_password(user, value)
        else:
            setattr(user, name, value)
    user.clean()
    changes = {name: (before[name], _told(user, name)) for name in fields}
    new_password = fields.get("password") is not None
    return {
        name: (was, now)
        for name, (was, now) in changes.items()
        if was != now or (name == "password" and new_password)
    }


def _refuse_the_password_of_its_own_user(fields: dict[str, Any], user: User, by: Actor) -> None:
    """A stranger who finds a key must not turn it into an account that outlives the key."""
    if "password" in fields and by.key is not None and by.key.user_id == user.pk:
        raise ValidationError(
            {"password": "A key cannot set its own user's password. Sign in to change it."}
        )


def _set_password(user: User, password: str | None) -> None:
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise ValidationError({"password": error.messages}) from None
    user.set_password(password)


def _save(user: User, update_fields: list[str] | None = None) -> None:
    user.full_clean()
    try:
        with transaction.atomic():
            user.save(update_fields=update_fields)
    except IntegrityError:  # another request was faster
        user.validate_unique()
        raise


def _told(user: User, field: str) -> Any:
    """Return what the audit trail shows of a field: of a password only whether there is one."""
    if field == "password":
        return audit.MASK if user.has_usable_password() else None
    return Role(user.role).label if field == "role" else getattr(user, field)
