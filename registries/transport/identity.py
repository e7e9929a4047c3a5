"""The User-Agent with which HarborGuard identifies itself to registries."""

from __future__ import annotations

VERSION = "0.1.0"
USER_AGENT = f"HarborGuard/{VERSION} (+catalog sync)"
