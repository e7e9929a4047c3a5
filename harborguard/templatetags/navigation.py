"""Links of the header, which mark the open page and its section."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

register = template.Library()

# The first part of a path, and the link of its section.
_PARTS = {
    "registries": "registry-list",
    "runs": "registry-list",
    "dry-runs": "registry-list",
    "inventory": "inventory",
    "repositories": "inventory",
    "images": "inventory",
    "changes": "changes",
    "profile": "profile",
    "password": "profile",
    "keys": "profile",
    "users": "users",
    "audit": "audit",
}


@register.inclusion_tag("_header_link.html", takes_context=True)
def header_link(
    context: dict[str, Any], route: str, words: str, style: str = "nav-link", shortcut: str = ""
) -> dict[str, Any]:
    path = context["request"].path
    address = reverse(route)
    is_inside = _PARTS.get(path.split("/")[1]) == route
    current = "page" if path == address else "true" if is_inside else ""
    return {
        "address": address,
        "words": words,
        "style": style,
        "shortcut": shortcut,
        "current": current,
    }
