"""Remove credentials from responses before they are shown.

Proxies and registries echo requests in their errors, and everybody who may see the run sees its
errors.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Iterator
from html.entities import codepoint2name
from urllib.parse import parse_qsl, quote, quote_plus

_BLACK = "[redacted]"
_BACKSLASHES = r"(?:\\|%(?:25){0,2}5c|&#92;|&#x5c;|\\u005c){1,16}"
_SECRET_NAMES = frozenset(
    {"access_token", "assertion", "client_secret", "password", "refresh_token", "secret", "token"}
)
_FOR_URLS = str.maketrans("+/", "-_")


def redacted(text: str, authorization: str | None, others: tuple[str, ...] = ()) -> str:
    """Return ``text`` without the credentials of the ``Authorization`` header it may echo.

    ``others`` are secrets that were sent elsewhere.
    """
    secrets = {*others, *(_carried(authorization) if authorization else ())}
    if not secrets or not text:
        return text
    # Longest first: one may be part of another.
    carried = sorted(secrets, key=len, reverse=True)
    return re.sub("|".join(map(_however_escaped, carried)), _BLACK, text, flags=re.IGNORECASE)


def _carried(authorization: str) -> set[str]:
    """Yield the secrets of a header, as sent and as a server may have decoded them."""
    scheme, _, value = authorization.partition(" ")
    carried = {value.rstrip("=")}
    if scheme == "Basic":
        secret = base64.b64decode(value).decode().partition(":")[2]
        carried |= {secret, base64.b64encode(secret.encode()).decode().rstrip("=")}
    return carried - {""}


def _however_escaped(text: str) -> str:
    """Return a pattern for ``text``, also escaped for URLs, HTML or JSON, even twice.

    Its repetitions are bounded: the text it is applied to is untrusted.
    """
    return "".join(map(_written, re.findall(r"\\+|[^\\]", text)))


def _written(part: str) -> str:
    if part.isascii() and part.isalnum():
        return part
    if part.startswith("\\"):  # each level of escaping doubles them
        return _BACKSLASHES
    return f"(?:{'|'.join(_ways(part))})"


def _ways(character: str) -> Iterator[str]:
    code = ord(character)
    yield rf"\\{{0,4}}{re.escape(character)}"
    yield quote(character, safe="").replace("%", "%(?:25){0,2}")
    yield re.escape(quote_plus(character))
    entity = "|".join({f"#{code}", f"#x0{{0,4}}{code:x}", codepoint2name.get(code, f"#{code}")})
    yield f"&(?:amp;){{0,2}}(?:{entity});"
    units = struct.iter_unpack(">H", character.encode("utf-16-be"))
    yield "".join(rf"\\{{1,4}}u{unit:04x}" for (unit,) in units)
    # In base64 for URLs, and as UTF-8 read as Latin-1.
    yield re.escape(character.translate(_FOR_URLS))
    yield re.escape(character.encode().decode("latin-1"))


def secrets_in(body: bytes | str | None) -> tuple[str, ...]:
    """Yield the secrets in a request body that carries credentials: a form, or a JSON object."""
    if not body:
        return ()
    text = body.decode() if isinstance(body, bytes) else body
    pairs = json.loads(text).items() if text.startswith("{") else parse_qsl(text)
    return tuple(value for name, value in pairs if name in _SECRET_NAMES and value)
