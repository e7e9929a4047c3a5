"""CNCF Distribution 2.8, as Debian packages it, on a free port over its own storage."""

from __future__ import annotations

import secrets
import socket

import requests

from tests.services.images import ImageBuilder
from tests.services.parts import DOCKER_REGISTRY
from tests.services.process import ServiceFailed, ServiceProcess
from tests.services.registry_api import RegistryApi
from tests.services.registry_config import RegistryConfig
from tests.services.registry_storage import RegistryStorage
from tests.services.token_server import TokenServer

_IDENTITY_HEADER = "X-Test-Registry"


class DockerRegistry:
    def __init__(self, config: RegistryConfig) -> None:
        self._config = config
        self._ca_file = config.ca_file
        # Empty where the registry asks nobody who they are.
        self.username, self.password = config.username, config.password
        self.ca_pem = config.authority.pem if config.authority else None
        self.port = 0
        self.start()

        api = RegistryApi(self.url, config.push_auth, self._ca_file)
        self.delete_manifest = api.delete_manifest
        images = ImageBuilder(api)
        self.push_image, self.push_index = images.push_image, images.push_index

        storage = RegistryStorage(config.storage)
        self.inventory = storage.inventory
        self.delete_tag, self.delete_repository = storage.delete_tag, storage.delete_repository
        # Thousands of tags go past the API, which takes five requests for each.
        self.seed = ImageBuilder(storage).fill

    @property
    def url(self) -> str:
        return f"{self._config.scheme}://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def token_server(self) -> TokenServer:
        assert self._config.token_server, "this registry was not started with token authentication"
        return self._config.token_server

    def start(self) -> None:
        """Start on the port of before; the first time on a free one."""
        attempts = 1 if self.port else 5
        for attempt in range(1, attempts + 1):
            port = self.port or _free_port()
            try:
                self._process = self._serve(port)
            except ServiceFailed:
                # Another process may have taken the port between the question and the start.
                if attempt == attempts:
                    raise
            else:
                self.port = port
                return

    def stop(self) -> None:
        self._process.stop()

    def reconfigure(self, **sections: object) -> None:
        """Start again, where it was, with these sections in its configuration file."""
        self.stop()
        self._config.sections.update(sections)
        self.start()

    def pause(self) -> None:
        """Freeze the process: the kernel still accepts connections, nobody answers."""
        self._process.pause()

    def resume(self) -> None:
        self._process.resume()

    def _serve(self, port: int) -> ServiceProcess:
        identity = secrets.token_hex(8)
        path = self._config.write(port, {_IDENTITY_HEADER: identity})
        process = ServiceProcess(
            [DOCKER_REGISTRY.require(), "serve", path], log=path.with_suffix(".log")
        )
        try:
            process.wait_until(lambda: self._is_answered_by(identity, port))
        except ServiceFailed:
            process.stop()
            raise
        return process

    def _is_answered_by(self, identity: str, port: int) -> bool:
        """Return whether this process answers, not another one that had the port."""
        try:
            response = requests.get(
                f"{self._config.scheme}://127.0.0.1:{port}/v2/",
                timeout=5,
                verify=self._ca_file or True,
            )
        except requests.ConnectionError:
            return False
        return response.headers.get(_IDENTITY_HEADER) == identity


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
