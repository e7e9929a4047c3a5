"""Every registry product that can be connected; a new one is a file and a line here."""

from __future__ import annotations

from registries.providers import (
    acr,
    artifact_registry,
    artifactory,
    distribution,
    docker_hub,
    ecr,
    ghcr,
    gitea,
    gitlab,
    harbor,
    nexus,
    quay,
    zot,
)
from registries.providers.base import Provider
from registries.transport.origin import Origin

PROVIDERS: dict[str, Provider] = {
    provider.slug: provider
    for provider in (
        distribution.PROVIDER,
        docker_hub.PROVIDER,
        quay.PROVIDER,
        artifactory.PROVIDER,
        nexus.PROVIDER,
        ghcr.PROVIDER,
        zot.PROVIDER,
        gitea.PROVIDER,
        acr.PROVIDER,
        harbor.PROVIDER,
        ecr.PROVIDER,
        gitlab.PROVIDER,
        artifact_registry.PROVIDER,
    )
}


def provider_for(slug: str) -> Provider:
    return PROVIDERS[slug]


def detect(origin: Origin) -> str:
    """The product known to be at ``origin``; any other host is taken for a plain registry."""
    for provider in PROVIDERS.values():
        if provider.is_at(origin):
            return provider.slug
    return distribution.PROVIDER.slug
