"""What a JSON Web Token (RFC 7519) says of itself. Its signature is for its issuer to check."""

from __future__ import annotations

import base64
import json
from typing import Any


def lifetime(token: str) -> float | None:
    """The seconds that it was issued for; None where it does not say.

    Both times are by the issuer's clock, which need not be ours.
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
