from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.services.image_push import ImagePusher, encode
from tests.services.registry_storage import RegistryStorage


class RegistrySeeder(ImagePusher):
    """Fills a registry by the thousand: blobs are pushed, manifests go straight to its storage."""

    def __init__(self, pusher: ImagePusher, storage: RegistryStorage) -> None:
        super().__init__(pusher.url, pusher.auth, pusher.ca_file)
        self._storage = storage

    def put_manifest(self, repository: str, tag: str | None, manifest: dict[str, object]) -> str:
        return self._storage.put_manifest(repository, tag, encode(manifest))

    def seed(self, repositories: Iterable[str], tags: Sequence[str], *, threads: int = 4) -> None:
        """Give every repository every tag; each third is an index, and all digests differ."""

        def fill(repository: str) -> None:
            for number, tag in enumerate(tags):
                push = self.push_index if number % 3 == 2 else self.push_image
                push(repository, tag, seed=f"{repository}:{tag}")

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, repositories))
