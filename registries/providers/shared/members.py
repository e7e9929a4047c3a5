"""Read members of a webhook payload, which may be anything."""

from __future__ import annotations

from typing import Any

from registries.providers.shared.delivery import Unreadable


def object_at(document: Any, key: str) -> dict[str, Any]:
    """Return the JSON object under ``key``. Raise Unreadable."""
    value = _value(document, key)
    if not isinstance(value, dict):
        raise _missing(key)
    return value


def objects_at(document: Any, key: str) -> list[dict[str, Any]]:
    """Return the list of JSON objects under ``key``. Raise Unreadable."""
    value = _value(document, key)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _missing(key)
    return value


def text_at(document: Any, key: str) -> str:
    """Return the nonempty string under ``key``. Raise Unreadable."""
    value = _value(document, key)
    if not isinstance(value, str) or not value:
        raise _missing(key)
    return value


def optional_text(document: Any, key: str) -> str:
    """Return the string under ``key``, or ""."""
    value = _value(document, key)
    return value if isinstance(value, str) else ""


def _value(document: Any, key: str) -> Any:
    return document.get(key) if isinstance(document, dict) else None


def _missing(key: str) -> Unreadable:
    return Unreadable(f'The body has no usable "{key}"')
