"""An image as `docker pull` takes it."""

from __future__ import annotations

from registries.transport.origin import DEFAULT_PORTS, Origin


def pull_reference(registry_url: str, repository: str, tag: str) -> str:
    """``host[:port]/repository:tag``, with a port where a host alone would be taken for a part of
    a name on Docker Hub."""
    origin = Origin.parse(registry_url)
    host = origin.netloc
    if not ("." in host or ":" in host or host == "localhost"):
        host = f"{host}:{DEFAULT_PORTS[origin.scheme]}"
    return f"{host}/{repository}:{tag}"
