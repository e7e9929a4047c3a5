"""An image as `docker pull` takes it."""

from __future__ import annotations

from registries.providers import docker_hub
from registries.transport.origin import DEFAULT_PORTS, Origin

_DOCKER_HUB = "docker.io"


def pull_reference(registry_url: str, repository: str, tag: str) -> str:
    """``host[:port]/repository:tag``, with a port where a host alone would be taken for a part of
    a name on Docker Hub; which has many hosts, and one that is pulled from."""
    origin = Origin.parse(registry_url)
    if docker_hub.PROVIDER.is_at(origin):
        return f"{_DOCKER_HUB}/{repository}:{tag}"
    host = origin.netloc
    if not ("." in host or ":" in host or host == "localhost"):
        host = f"{host}:{DEFAULT_PORTS[origin.scheme]}"
    return f"{host}/{repository}:{tag}"
