"""URLs that are secrets: only the part that is not is logged."""

from __future__ import annotations

import re

# A webhook's URL, with anything after its token, even where no route matches.
_WEBHOOK = re.compile(r"(/api/webhooks/[^/\s?\"']*/)[^\s\"']+", re.IGNORECASE)


def shown(path: str) -> str:
    """Return the loggable path; anything may follow the known prefix."""
    begin, webhooks, behind = path.partition("/api/webhooks/")
    provider, slash, _ = behind.partition("/")
    return f"{webhooks}{provider}/…" if webhooks and slash and not begin else path


def without_secrets(text: str) -> str:
    return _WEBHOOK.sub(r"\1…", text)
