"""An image as `docker pull` takes it."""

from __future__ import annotations

from registries.providers.docker_hub import provider
from registries.transport.origin import DEFAULT_PORTS, Origin

_DOCKER_HUB = "docker.io"


def pull_reference(registry_url: str, repository: str, tag: str) -> str:
    return f"{_place(registry_url)}/{repository}:{tag}"


def pull_reference_by_digest(registry_url: str, repository: str, digest: str) -> str:
    """Always the same image, whatever becomes of the tag."""
    return f"{_place(registry_url)}/{repository}@{digest}"


def _place(registry_url: str) -> str:
    """``host[:port]``, with a port where a host alone would be taken for a part of a name on
    Docker Hub; which has many hosts, and one that is pulled from."""
    origin = Origin.parse(registry_url)
    if provider.PROVIDER.is_at(origin):
        return _DOCKER_HUB
    host = origin.netloc
    if "." in host or ":" in host or host == "localhost":
        return host
    return f"{host}:{DEFAULT_PORTS[origin.scheme]}"
