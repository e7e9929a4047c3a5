"""Image names at Google, and where Artifact Registry keeps them.

At "<location>-docker.pkg.dev" an image is <project>/<repository>/<image>. At gcr.io and its
variants it is <project>/<image> in the repository named after the host. A domain-scoped project is
"example.com:team", and "example.com/team" in names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

_PKG_DEV = re.compile(r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev\.?")
_GCR_LOCATIONS = {
    "gcr.io": "us",
    "us.gcr.io": "us",
    "eu.gcr.io": "europe",
    "asia.gcr.io": "asia",
}
_PROJECT = re.compile(r"(?:[a-z0-9.-]+\.[a-z]+[:/])?[a-z][a-z0-9-]{4,28}[a-z0-9]")
_LOCATION = re.compile(r"[a-z]+(?:-[a-z]+[0-9]*)*")
_REPOSITORY = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Place:
    """A repository of Artifact Registry, which holds many images."""

    project: str
    location: str
    repository: str

    @property
    def path(self) -> str:
        location, repository = quote(self.location, safe=""), quote(self.repository, safe="")
        return f"{project_path(self.project)}/locations/{location}/repositories/{repository}"


@dataclass(frozen=True, slots=True)
class Name:
    """A parsed name. ``image`` is empty for a repository of Artifact Registry itself."""

    project: str
    repository: str
    image: str


class Names:
    """The names at one host."""

    def __init__(self, host: str) -> None:
        host = host.rstrip(".")
        match = _PKG_DEV.fullmatch(host)
        self.location = match["location"] if match else _GCR_LOCATIONS.get(host, "")
        # The only repository of Artifact Registry that this host serves.
        self.own_repository = host if host in _GCR_LOCATIONS else ""

    def join(self, place: Place, image: str = "") -> str:
        parts = [place.project.replace(":", "/")]
        parts += [] if self.own_repository else [place.repository]
        return "/".join([*parts, image] if image else parts)

    def split(self, name: str) -> Name:
        """Split a name; missing parts are empty."""
        parts = name.split("/")
        of_a_domain = "." in parts[0]
        project, rest = ":".join(parts[: 1 + of_a_domain]), parts[1 + of_a_domain :]
        if self.own_repository:
            return Name(project, self.own_repository, "/".join(rest))
        return Name(project, rest[0] if rest else "", "/".join(rest[1:]))


def project_path(project: str) -> str:
    return f"/v1/projects/{quote(project, safe=':')}"


def as_project(text: str) -> str:
    if _PROJECT.fullmatch(text) is None:
        raise ValueError(f"{ascii(text)[:60]} is not a project ID")
    return text.replace("/", ":")


def as_location(text: str) -> str:
    if _LOCATION.fullmatch(text) is None or len(text) > 40:
        raise ValueError(f"{ascii(text)[:40]} is not a location, such as europe-west3 or us")
    return text


def as_repository(text: str) -> str:
    if _REPOSITORY.fullmatch(text) is None:
        raise ValueError(f"{ascii(text)[:60]} is not a repository name")
    return text
