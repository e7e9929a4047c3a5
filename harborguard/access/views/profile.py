"""The user's own account: role, password, keys and sign-ins."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from harborguard.access.accounts import latest_sign_ins
from harborguard.access.actor import Actor
from harborguard.access.keys import keys_seen_by, status_of
from harborguard.access.roles import AuthenticatedRequest

KEYS_SHOWN = 5


def profile(request: AuthenticatedRequest) -> HttpResponse:
    keys = keys_seen_by(Actor.of(request), is_admin=False).filter(revoked_at=None)
    shown = list(keys.order_by("-pk")[: KEYS_SHOWN + 1])
    context = {
        "keys": [(key, status_of(key)) for key in shown[:KEYS_SHOWN]],
        "has_more_keys": len(shown) > KEYS_SHOWN,
        "sign_ins": latest_sign_ins(request.user),
    }
    return render(request, "access/profile.html", context)
