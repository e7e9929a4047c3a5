"""Scripts that call the API, with a key of their own."""

from __future__ import annotations

from rest_framework.test import APIClient

from harborguard.access.keys import create_key
from harborguard.access.models import ApiKey, Role, User
from tests.factories import SOMEBODY, make_user


class Caller(APIClient):
    """A client with a key; ``key`` is its row, ``secret`` what it sends."""

    def __init__(self, key: ApiKey, secret: str) -> None:
        super().__init__(HTTP_AUTHORIZATION=f"Bearer {secret}")
        self.key = key
        self.secret = secret


def caller(role: Role, *, owner: User | None = None) -> Caller:
    owner = owner or make_user(role)
    return Caller(*create_key(owner, f"key of {owner.username}", role, by=SOMEBODY))
