"""The content of one registry. The threads of its server read it while the demo changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from harborguard.demo.manifests import Manifest, manifest_of


@dataclass(frozen=True, slots=True)
class Change:
    """A tag moves to a build or, without one, is deleted."""

    repository: str
    tag: str
    build: str = ""


class Content:
    def __init__(self, builds: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """``builds`` by repository and tag, as ``builds()`` returns them."""
        self._builds = {name: dict(tags) for name, tags in (builds or {}).items()}
        self._lock = Lock()

    def apply(self, change: Change) -> None:
        with self._lock:
            tags = self._builds.setdefault(change.repository, {})
            if change.build:
                tags[change.tag] = change.build
            else:
                tags.pop(change.tag, None)
            if not tags:
                del self._builds[change.repository]

    def builds(self) -> dict[str, dict[str, str]]:
        with self._lock:
            return {name: dict(tags) for name, tags in self._builds.items()}

    def repositories(self) -> list[str]:
        with self._lock:
            return sorted(self._builds)

    def tags(self, repository: str) -> dict[str, str]:
        """Return builds by tag; none for an unknown repository."""
        with self._lock:
            return dict(self._builds.get(repository, {}))

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """Return a manifest by tag or digest."""
        tags = self.tags(repository)
        if build := tags.get(reference):
            return manifest_of(repository, build)
        if not reference.startswith("sha256:"):
            return None
        for build in tags.values():
            found = manifest_of(repository, build)
            for one in (found, *found.parts):
                if one.digest == reference:
                    return one
        return None
