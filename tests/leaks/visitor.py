"""A person or a script that calls the installation, and keeps every answer as evidence."""

from __future__ import annotations

import re
import zlib
from typing import Any

import requests
from django.core.signing import b64_decode

from tests.leaks.evidence import Evidence

SECONDS = 60
KEY = re.compile(rb"hg_[0-9a-f]{64}")
_MESSAGES = re.compile(r'\bmessages="?(\.?[\w-]+)')


class Visitor(requests.Session):
    def __init__(self, url: str, evidence: Evidence) -> None:
        super().__init__()
        self.trust_env = False
        self._url = url
        self._evidence = evidence
        self._awaits_key = False
        self._key = b""
        # The server closes a connection that was quiet for a while, perhaps just then.
        self.headers["Connection"] = "close"
        self.hooks["response"].append(self._keep)

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        options.setdefault("timeout", SECONDS)
        return super().request(method, f"{self._url}{url}", *args, **options)

    def sign_in(self, username: str, password: str) -> requests.Response:
        self.get("/login")
        return self.send_form("/login", username=username, password=password)

    def send_form(self, path: str, **fields: Any) -> requests.Response:
        """Post a form, and go where its answer leads."""
        token = self.cookies.get("harborguard-csrf", "")
        return self.post(path, data={**fields, "csrfmiddlewaretoken": token})

    def await_key(self) -> None:
        """The next answer shows a new key: there, and once, it may be seen."""
        self._awaits_key = True

    @property
    def shown_key(self) -> str:
        assert not self._awaits_key
        return self._key.decode()

    def _keep(self, answer: requests.Response, **_: Any) -> None:
        request = answer.request
        where = f"the answer {answer.status_code} to {request.method} {request.path_url[:200]}"
        head = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
        whole = head.encode("latin-1") + answer.content
        if self._awaits_key:
            [self._key] = KEY.findall(whole)
            self._awaits_key = False
            whole = whole.replace(self._key, b"")
        self._evidence.add(where, whole)
        for payload in _MESSAGES.findall(answer.headers.get("Set-Cookie", "")):
            self._evidence.add(f"the messages set by {where}", unsigned(payload))


def unsigned(signed: str) -> bytes:
    """Return the content of a cookie that Django signed and perhaps compressed."""
    payload = signed.partition(":")[0]
    data: bytes = b64_decode(payload.removeprefix(".").encode())
    return zlib.decompress(data) if payload.startswith(".") else data
