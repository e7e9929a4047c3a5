"""A login that was sent with a question, taken out of what is shown of the answer.

Proxies and registries echo requests in their errors, and an error is shown to everybody who
may look at the run.
"""

from __future__ import annotations

import base64
import html
import re
from urllib.parse import quote, quote_plus

_BLACK = "[redacted]"


def redacted(text: str, authorization: str | None) -> str:
    """``text`` without the login of the ``Authorization`` header it may be an echo of."""
    if not authorization or not text:
        return text
    # The longest first: one form may be a part of another.
    forms = sorted(_forms(authorization), key=len, reverse=True)
    return re.sub("|".join(map(re.escape, forms)), _BLACK, text, flags=re.IGNORECASE)


def _forms(authorization: str) -> set[str]:
    scheme, _, value = authorization.partition(" ")
    forms = {value.rstrip("=")}
    if scheme == "Basic":
        secret = base64.b64decode(value).decode().partition(":")[2]
        forms |= {
            secret,
            quote(secret),
            quote(secret, safe=""),
            quote_plus(secret),
            html.escape(secret),
        }
    return forms - {""}
