"""Addresses that are secrets themselves: what is written down of them is where they lead."""

from __future__ import annotations

import re

# A registry's webhook, with whatever stands behind its token, also where no route takes it.
_WEBHOOK = re.compile(r"(/api/webhooks/[^/\s?\"']*/)[^\s\"']+", re.IGNORECASE)


def shown(path: str) -> str:
    """A whole path, which may hold anything behind its beginning."""
    begin, webhooks, behind = path.partition("/api/webhooks/")
    provider, slash, _ = behind.partition("/")
    return f"{webhooks}{provider}/…" if webhooks and slash and not begin else path


def without_secrets(text: str) -> str:
    return _WEBHOOK.sub(r"\1…", text)
