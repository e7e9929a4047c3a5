"""The section of docker-registry's configuration that our own set-up steps describe."""

from __future__ import annotations

from typing import Any

import yaml

from registries.providers.distribution.pushes import PUSHES


def notifications_to(url: str, secret: str, *, pulls: bool = False) -> dict[str, Any]:
    """Return a registry's ``notifications`` section; pulls are left out unless ``pulls``."""
    _, _, endpoint = PUSHES.steps[0].partition("\n")
    _, _, header = PUSHES.verifications[0].steps[0].partition("\n")
    text = endpoint.replace("      url: {url}\n", "      url: {url}\n" + header + "\n")
    section: dict[str, Any] = yaml.safe_load(text.format(url=url, secret=secret))["notifications"]
    if pulls:
        del section["endpoints"][0]["ignore"]
    return section
