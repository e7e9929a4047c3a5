"""docker-registry's filesystem storage, read and written past its API.

The tests' oracle: what the registry holds, told by its link files and not by any client.
https://pkg.go.dev/github.com/docker/distribution/registry/storage
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

    def inventory(self) -> dict[str, dict[str, str]]:
        """Each repository, the emptied ones too, with the digest of each tag."""
        return {
            str(layers.parent.relative_to(self._repositories)): _tags(layers.parent)
            for layers in self._repositories.rglob("_layers")
        }

    def put_blob(self, repository: str, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        link = self._repositories / repository / "_layers/sha256" / name
        if not link.exists():
            self._write_data(content)
            _link(link, name)
        return f"sha256:{name}"

    def put_manifest(
        self, repository: str, tag: str | None, content: bytes, media_type: str
    ) -> str:
        """Write what the registry itself writes when a manifest is pushed."""
        name = self._write_data(content)
        manifests = self._repositories / repository / "_manifests"
        if tag is not None:
            _link(manifests / "tags" / tag / "index/sha256" / name, name)
            _link(manifests / "tags" / tag / "current", name)
        return _link(manifests / "revisions/sha256" / name, name)

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

    def _write_data(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        folder = self.root / "docker/registry/v2/blobs/sha256" / name[:2] / name
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / "data").write_bytes(content)
        return name


def _tags(repository: Path) -> dict[str, str]:
    links = (repository / "_manifests/tags").glob("*/current/link")
    return {link.parent.parent.name: link.read_text() for link in links}


def _link(folder: Path, name: str) -> str:
    digest = f"sha256:{name}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "link").write_text(digest)
    return digest
