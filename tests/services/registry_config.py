from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import bcrypt
from requests.auth import AuthBase

from tests.services.certificates import CertificateAuthority
from tests.services.token_server import FullAccess, TokenServer


@dataclass
class RegistryConfig:
    """The configuration of a docker-registry: storage and authentication.

    https://distribution.github.io/distribution/about/configuration/
    """

    folder: Path
    username: str = ""
    password: str = ""
    authority: CertificateAuthority | None = None
    token_server: TokenServer | None = None
    sections: dict[str, object] = field(default_factory=dict)

    @property
    def storage(self) -> Path:
        return self.folder / "storage"

    @property
    def scheme(self) -> str:
        return "https" if self.authority else "http"

    @property
    def ca_file(self) -> str | None:
        if self.authority is None:
            return None
        path = self.folder / "ca.pem"
        path.write_text(self.authority.pem)
        return str(path)

    @property
    def push_auth(self) -> AuthBase | tuple[str, str] | None:
        if self.token_server:
            return FullAccess(self.token_server)
        return (self.username, self.password) if self.username else None

    def write(self, port: int, headers: dict[str, str]) -> Path:
        path = self.folder / "config.yml"
        # JSON is YAML.
        path.write_text(json.dumps(self._document(port, headers)))
        return path

    def _document(self, port: int, headers: dict[str, str]) -> dict[str, object]:
        http: dict[str, object] = {
            "addr": f"127.0.0.1:{port}",
            "secret": secrets.token_hex(8),
            "headers": {name: [value] for name, value in headers.items()},
        }
        if self.authority:
            certificate, key = self.authority.issue_for_loopback(self.folder)
            http["tls"] = {"certificate": str(certificate), "key": str(key)}
        return {
            "version": 0.1,
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(self.storage)},
                "delete": {"enabled": True},
                "maintenance": {"uploadpurging": {"enabled": False}},
            },
            "http": http,
            "auth": self._auth(),
            **self.sections,
        }

    def _auth(self) -> dict[str, object]:
        if self.token_server:
            bundle = self.folder / "token-signers.pem"
            bundle.write_text(self.token_server.authority.pem)
            return {"token": {**self.token_server.registry_auth, "rootcertbundle": str(bundle)}}
        if self.username:
            # It verifies on every request: the lowest cost that it accepts.
            hashed = bcrypt.hashpw(self.password.encode(), bcrypt.gensalt(rounds=5)).decode()
            users = self.folder / "htpasswd"
            users.write_text(f"{self.username}:{hashed}\n")
            return {"htpasswd": {"realm": "tests", "path": str(users)}}
        return {}
