"""Format the values of an audit entry."""

from __future__ import annotations

import json
from typing import Any

from django import template

register = template.Library()


@register.filter
def in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, "", []):
        return "none"
    if isinstance(value, list):
        return ", ".join(in_words(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
