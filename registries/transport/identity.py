"""How the product introduces itself to a registry, so that its log can tell who asked."""

from __future__ import annotations

VERSION = "0.1.0"
USER_AGENT = f"HarborGuard/{VERSION} (+catalog sync)"
