"""One of every kind of caller, from the stranger to the admin, with what each of them sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.test import Client
from django.utils import timezone

from harborguard.access.keys import create_key, revoke_key
from harborguard.access.models import ApiKey, Role, User
from tests.factories import SOMEBODY, make_user

_CSRF = "c" * 32


@dataclass(frozen=True, slots=True)
class Caller:
    """``role`` is what they may: None where they are not known."""

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


def _session(role: Role) -> Caller:
    user, client = make_user(role, password=None), Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return Caller(role, user, {settings.SESSION_COOKIE_NAME: session})


def _key(role: Role, of: Role | None = None) -> Caller:
    user = make_user(of or role, password=None)
    return Caller(role, user, key=create_key(user, "a key", role, by=SOMEBODY)[1])


def _deactivated(caller: Caller) -> Caller:
    User.objects.filter(username=caller.user and caller.user.username).update(is_active=False)
    return replace(caller, role=None)


def _expired() -> Caller:
    caller = _key(Role.ADMIN)
    ApiKey.objects.filter(user=caller.user).update(expiry=timezone.now() - timedelta(seconds=1))
    return replace(caller, role=None)


def _revoked() -> Caller:
    caller = _key(Role.ADMIN)
    revoke_key(ApiKey.objects.get(user=caller.user), by=SOMEBODY)
    return replace(caller, role=None)


# Each is made when it is asked for. Of keys, pages see none: one of them shows it.
WITHOUT_KEY: Mapping[str, Callable[[], Caller]] = {
    "a stranger": Caller,
    **{f"a session of a {role.label}": partial(_session, role) for role in Role},
    "a session without CSRF token": lambda: replace(_session(Role.ADMIN), csrf_token=""),
    "a session of a deactivated admin": lambda: _deactivated(_session(Role.ADMIN)),
}
WITH_KEY: Mapping[str, Callable[[], Caller]] = {
    **{f"a key of a {role.label}": partial(_key, role) for role in Role},
    "a viewer's key of an admin": partial(_key, Role.VIEWER, of=Role.ADMIN),
    "a key of a deactivated admin": lambda: _deactivated(_key(Role.ADMIN)),
    "an expired key": _expired,
    "a revoked key": _revoked,
    "an invented key": partial(Caller, key=f"hg_{'0' * 64}"),
}
