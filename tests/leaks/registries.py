"""The registries that the walks connect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.http_server import FakeServer, fake_server
from tests.fakes.replies import web_page
from tests.leaks.canary import Canary
from tests.leaks.echoing_registry import EchoingRegistry, Scheme, echoing_registry
from tests.leaks.evidence import Evidence
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_config import RegistryConfig
from tests.services.token_server import TokenServer, serve

ROBOT = "robot"
# Nobody listens there.
DEAD = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Registries:
    """``real`` asks for its password; ``with_tokens`` sends to a token server that has to be
    trusted first, being on another port. ``echo`` gives another host each time: at one where
    many logins have failed, no more are tried."""

    real: DockerRegistry
    with_tokens: DockerRegistry
    echo: Callable[[Scheme], EchoingRegistry]
    web_page: FakeServer


@contextmanager
def all_registries(folder: Path, evidence: Evidence) -> Iterator[Registries]:
    token = Canary.made_for("what a token server gives", around="")
    evidence.watch_for(token)
    password, token_password = map(
        evidence.secret, ("the password of a registry", "the password of a token server")
    )
    with ExitStack() as stack:
        tokens = stack.enter_context(serve(TokenServer(ROBOT, token_password)))

        def real(name: str, password: str, server: TokenServer | None = None) -> DockerRegistry:
            (folder / name).mkdir()
            config = RegistryConfig(folder / name, ROBOT, password, token_server=server)
            registry = DockerRegistry(config)
            stack.callback(registry.stop)
            registry.seed(["team/app"], ["v1"])
            return registry

        def echo(scheme: Scheme) -> EchoingRegistry:
            given = token.text if scheme == "Bearer" else ""
            return stack.enter_context(echoing_registry(scheme, given))

        yield Registries(
            real("basic", password),
            real("tokens", token_password, tokens),
            echo,
            stack.enter_context(fake_server({"*": web_page()})),
        )
