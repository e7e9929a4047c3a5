"""One of every kind of caller, from the stranger to the admin, with what each of them sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.conf import settings
from django.test import Client
from django.utils import timezone

from harborguard.access.keys import create_key, revoke_key
from harborguard.access.models import ApiKey, Role, User
from tests.factories import SOMEBODY, make_user

_CSRF = "c" * 32


@dataclass(frozen=True, slots=True)
class Kind:
    """``role`` is what they may: None where they are not known."""

    name: str
    role: Role | None = None
    user: User | None = None
    cookies: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    csrf_token: str = _CSRF

    def headers(self) -> dict[str, str]:
        if self.key:
            return {"Authorization": f"Bearer {self.key}"}
        cookies = {**self.cookies, settings.CSRF_COOKIE_NAME: _CSRF}
        return {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            **({"X-CSRFToken": self.csrf_token} if self.csrf_token else {}),
        }


def everybody() -> list[Kind]:
    admin, gone = make_user(Role.ADMIN), make_user(Role.ADMIN)
    kinds = [
        Kind("a stranger"),
        *(_session(make_user(role)) for role in Role),
        *(_key(make_user(role), role) for role in Role),
        replace(_key(admin, Role.VIEWER), name="a viewer's key of an admin"),
        replace(_session(admin), name="a session without CSRF token", csrf_token=""),
        replace(_session(gone), name="a session of a deactivated admin", role=None),
        replace(_key(gone, Role.ADMIN), name="a key of a deactivated admin", role=None),
        _expired(_key(make_user(Role.ADMIN), Role.ADMIN)),
        _revoked(_key(make_user(Role.ADMIN), Role.ADMIN)),
        Kind("an invented key", key=f"hg_{'0' * 64}"),
    ]
    User.objects.filter(pk=gone.pk).update(is_active=False)
    return kinds


def _session(user: User) -> Kind:
    client = Client()
    client.force_login(user)
    session = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    role = Role(user.role)
    return Kind(f"a session of a {role.label}", role, user, session)


def _key(user: User, role: Role) -> Kind:
    _, secret = create_key(user, "a key", role, by=SOMEBODY)
    return Kind(f"a key of a {role.label}", role, user, key=secret)


def _expired(kind: Kind) -> Kind:
    ApiKey.objects.filter(user=kind.user).update(expiry=timezone.now() - timedelta(seconds=1))
    return replace(kind, name="an expired key", role=None)


def _revoked(kind: Kind) -> Kind:
    revoke_key(ApiKey.objects.get(user=kind.user), by=SOMEBODY)
    return replace(kind, name="a revoked key", role=None)
