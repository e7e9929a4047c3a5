"""Every registry product that can be connected; a new one is a file and a line here."""

from __future__ import annotations

from registries.providers import distribution
from registries.providers.base import Provider
from registries.transport.origin import Origin

PROVIDERS: dict[str, Provider] = {provider.slug: provider for provider in (distribution.PROVIDER,)}


def provider_for(slug: str) -> Provider:
    return PROVIDERS[slug]


def detect(origin: Origin) -> str:
    """The product known to be at ``origin``; any other host is taken for a plain registry."""
    for provider in PROVIDERS.values():
        if provider.is_at(origin):
            return provider.slug
    return distribution.PROVIDER.slug
