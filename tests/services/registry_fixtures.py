from __future__ import annotations

import secrets
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import pytest

from tests.services.parts import DOCKER_REGISTRY

if TYPE_CHECKING:
    from tests.services.certificates import CertificateAuthority
    from tests.services.docker_registry import DockerRegistry

Auth = Literal["none", "htpasswd", "token"]


class DockerRegistryFactory(Protocol):
    """Start a registry; further keywords are sections of its configuration file."""

    def __call__(
        self, auth: Auth = "none", *, tls: bool = False, **sections: object
    ) -> DockerRegistry: ...


@pytest.fixture
def docker_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistryFactory]:
    with _factory(tmp_path_factory) as create:
        yield create


@pytest.fixture(scope="session")
def shared_docker_registry(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[DockerRegistryFactory]:
    """Start registries that many tests read and none changes."""
    with _factory(tmp_path_factory) as create:
        yield create


@contextmanager
def _factory(folders: pytest.TempPathFactory) -> Iterator[DockerRegistryFactory]:
    # Imported late: this module is a plugin of every run, and cryptography and requests are slow.
    from tests.services.certificates import CertificateAuthority
    from tests.services.docker_registry import DockerRegistry
    from tests.services.registry_config import RegistryConfig
    from tests.services.token_server import TokenServer, serve

    DOCKER_REGISTRY.require()
    with ExitStack() as stack:

        def create(auth: Auth = "none", *, tls: bool = False, **sections: object) -> DockerRegistry:
            config = RegistryConfig(folders.mktemp("docker-registry"), sections=sections)
            if tls:
                config.authority = CertificateAuthority()
            if auth != "none":
                config.username, config.password = "robot", secrets.token_urlsafe(12)
            if auth == "token":
                server = TokenServer(config.username, config.password)
                certificate = _server_tls(config.authority, config.folder)
                config.token_server = stack.enter_context(serve(server, certificate))
            registry = DockerRegistry(config)
            stack.callback(registry.stop)
            return registry

        yield create


def _server_tls(authority: CertificateAuthority | None, folder: Path) -> ssl.SSLContext | None:
    if authority is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue_for_loopback(folder))
    return context
