"""docker-registry's filesystem storage, read and cut past its API.

The tests' oracle: what the registry holds, told by its link files and not by any client.
https://pkg.go.dev/github.com/docker/distribution/registry/storage#pathFor
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RegistryStorage:
    root: Path

    @property
    def _repositories(self) -> Path:
        return self.root / "docker/registry/v2/repositories"

    @property
    def _blobs(self) -> Path:
        return self.root / "docker/registry/v2/blobs/sha256"

    def inventory(self) -> dict[str, dict[str, str]]:
        """Each repository, the emptied ones too, with the digest of each tag."""
        return {
            str(layers.parent.relative_to(self._repositories)): self._tags(layers.parent)
            for layers in self._repositories.rglob("_layers")
        }

    def put_manifest(self, repository: str, tag: str | None, content: bytes) -> str:
        """Write what the registry itself would have written after a push."""
        name = hashlib.sha256(content).hexdigest()
        digest = f"sha256:{name}"
        manifests = self._repositories / repository / "_manifests"
        _write(self._blobs / name[:2] / name / "data", content)
        _write(manifests / "revisions/sha256" / name / "link", digest.encode())
        if tag is not None:
            _write(manifests / "tags" / tag / "index/sha256" / name / "link", digest.encode())
            _write(manifests / "tags" / tag / "current/link", digest.encode())
        return digest

    def delete_tag(self, repository: str, tag: str) -> None:
        # Distribution 2.8 has no request for this: it deletes manifests only.
        shutil.rmtree(self._repositories / repository / "_manifests/tags" / tag)

    def delete_repository(self, repository: str) -> None:
        # Underscored directories are the repository's own; others are repositories below it.
        folder = self._repositories / repository
        own = [entry for entry in folder.iterdir() if entry.name.startswith("_")]
        if not own:
            raise LookupError(f"{repository} is not in {self.root}")
        for entry in own:
            shutil.rmtree(entry)
        while folder != self._repositories and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent

    @staticmethod
    def _tags(repository: Path) -> dict[str, str]:
        links = (repository / "_manifests/tags").glob("*/current/link")
        return {link.parent.parent.name: link.read_text() for link in links}


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
