"""Read what a JSON Web Token (RFC 7519) says about itself, without verifying it."""

from __future__ import annotations

import base64
import json
from typing import Any


def lifetime(token: str) -> float | None:
    """Return for how many seconds the token was issued, or None.

    Both times are by the issuer's clock, which may differ from ours.
    """
    claims = _claims(token)
    issued, expires = _number(claims.get("iat")), _number(claims.get("exp"))
    return None if issued is None or expires is None else max(0.0, expires - issued)


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    payload = parts[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
