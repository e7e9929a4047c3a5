"""The registry products that can be connected. A new one is a folder and a line here."""

from __future__ import annotations

from importlib import import_module

from registries.providers.shared.base import Provider
from registries.transport.origin import Origin

# The order of the connect form's menu, and the order in which a host is matched.
_FOLDERS = (
    "distribution",
    "docker_hub",
    "quay",
    "artifactory",
    "nexus",
    "ghcr",
    "zot",
    "gitea",
    "acr",
    "harbor",
    "ecr",
    "gitlab",
    "artifact_registry",
)


def _load(folder: str) -> Provider:
    provider: Provider = import_module(f"registries.providers.{folder}.provider").PROVIDER
    return provider


PROVIDERS: dict[str, Provider] = {provider.slug: provider for provider in map(_load, _FOLDERS)}
GENERIC = "distribution"


def provider_for(slug: str) -> Provider:
    return PROVIDERS[slug]


def detect(origin: Origin) -> str:
    """Return the slug of the product at ``origin``; any unknown host is a generic registry."""
    for provider in PROVIDERS.values():
        if provider.is_at(origin):
            return provider.slug
    return GENERIC
