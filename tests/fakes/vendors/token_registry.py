"""A registry API with a token server on the registry's host."""

from __future__ import annotations

import base64
from typing import ClassVar

from tests.fakes.http_server import Reply, Request
from tests.fakes.replies import answer_json, unauthorized
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import RegistryAPI


class TokenRegistry(RegistryAPI):
    token_path: ClassVar[str] = "/token"
    service: ClassVar[str] = "registry"

    def token(self, request: Request) -> Reply:
        if request.authorization is None:
            return self.token_answer("nobody")
        if not self.is_login(request):
            return self.token_refused(request)
        return self.token_answer("somebody")

    def is_login(self, request: Request) -> bool:
        wanted = base64.b64encode(f"{self.username}:{self.secret}".encode()).decode()
        return request.authorization == f"Basic {wanted}" and Fault.WRONG_LOGIN not in self.faults

    def token_answer(self, whose: str) -> Reply:
        return answer_json({"token": f"registry-token-of-{whose}", "expires_in": 300}, headers={})

    def token_refused(self, request: Request) -> Reply:
        said = "incorrect username or password"
        if Fault.ECHO in self.faults:
            said = f"you sent {request.authorization} {self.secret}"
        return answer_json({"details": said}, 401, {})

    def registry_refusal(self, request: Request) -> Reply | None:
        whose = (request.authorization or "").removeprefix("Bearer registry-token-of-")
        if whose not in ("nobody", "somebody"):
            return self.challenge(request)
        name = _repository(request)
        if whose == "nobody" and name and self.is_private(name):
            return self.challenge(request, error="insufficient_scope")
        return None

    def is_private(self, name: str) -> bool:
        return False

    def challenge(self, request: Request, error: str = "") -> Reply:
        parts = [f'realm="{self.server.url}{self.token_path}"', f'service="{self.service}"']
        if name := _repository(request):
            parts.append(f'scope="repository:{name}:pull"')
        if error:
            parts.append(f'error="{error}"')
        return unauthorized(f"Bearer {','.join(parts)}")


def _repository(request: Request) -> str:
    for end in ("/tags/list", "/manifests/"):
        name, found, _ = request.path.removeprefix("/v2/").partition(end)
        if found:
            return name
    return ""
