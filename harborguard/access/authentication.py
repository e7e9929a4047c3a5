"""API keys: ``Authorization: Bearer hg_...``, created and hashed by knox."""

from __future__ import annotations

import hmac
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from harborguard.access.models import ApiKey, User

# A key in heavy use must not cost a write per request.
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


class KeyAuthentication(TokenAuthentication):  # type: ignore[misc]  # the library is not typed
    """Authenticates API keys. Unlike knox, it keeps expired and revoked keys, to show them.

    The error is the same whatever is wrong with a key. A request with an Authorization header
    depends on it alone: cookies are ignored.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        if "Authorization" not in request.headers:
            return None
        found: tuple[User, ApiKey] | None = super().authenticate(request)
        if found is None:
            raise AuthenticationFailed
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiKey]:
        text = token.decode("latin-1")
        if not (text.isascii() and text.isprintable()):
            raise AuthenticationFailed  # not one of ours, and no database stores a NUL
        digest = hash_token(text)
        now = timezone.now()
        candidates = ApiKey.objects.filter(token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH])
        for key in candidates.select_related("user"):
            if not hmac.compare_digest(digest, key.digest):
                continue
            is_over = key.expiry is not None and key.expiry <= now
            if is_over or key.revoked_at is not None or not key.user.is_active:
                break
            self._note_use(key)
            return key.user, key
        raise AuthenticationFailed

    def _note_use(self, key: ApiKey) -> None:
        now = timezone.now()
        if key.last_used_at is None or now - key.last_used_at >= _USE_IS_NOTED_EVERY:
            long_ago = Q(last_used_at=None) | Q(last_used_at__lte=now - _USE_IS_NOTED_EVERY)
            ApiKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=now)
