"""References of images for `docker pull`."""

from __future__ import annotations

from registries.providers.docker_hub import provider
from registries.transport.origin import DEFAULT_PORTS, Origin

_DOCKER_HUB = "docker.io"


def pull_reference(registry_url: str, repository: str, tag: str) -> str:
    return f"{_host(registry_url)}/{repository}:{tag}"


def pull_reference_by_digest(registry_url: str, repository: str, digest: str) -> str:
    """Return a reference that stays the same image, even if the tag moves."""
    return f"{_host(registry_url)}/{repository}@{digest}"


def _host(registry_url: str) -> str:
    """Return ``host[:port]``, or ``docker.io`` for any host of Docker Hub.

    A bare host name gets a port, since Docker takes it for part of a Docker Hub name otherwise.
    """
    origin = Origin.parse(registry_url)
    if provider.PROVIDER.is_at(origin):
        return _DOCKER_HUB
    host = origin.netloc
    if "." in host or ":" in host or host == "localhost":
        return host
    return f"{host}:{DEFAULT_PORTS[origin.scheme]}"
