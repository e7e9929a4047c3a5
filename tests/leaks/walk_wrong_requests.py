"""Requests that are refused, with a secret in them."""

from __future__ import annotations

import json
from typing import Any

from tests.leaks.registries import DEAD
from tests.leaks.site import Site
from tests.leaks.visitor import Visitor

_JSON = {"Content-Type": "application/json"}


def refused_bodies(site: Site, registry_path: str) -> None:
    for number, body in enumerate(_wrong_bodies(site.evidence.secret("in a wrong body"))):
        for method, path in _doors(registry_path):
            answer = site.script.request(method, path, json={"name": f"wrong {number}", **body})
            assert answer.status_code == 400, (method, path, answer.text)
    for content, headers, status in _wrong_texts(site.evidence.secret("in a broken body")):
        for method, path in _doors(registry_path):
            answer = site.script.request(method, path, data=content, headers=headers)
            assert answer.status_code == status, (method, path, answer.text)


def _doors(registry_path: str) -> list[tuple[str, str]]:
    return [
        ("POST", "/api/registries"),
        ("POST", "/api/registries/test-connection"),
        ("PATCH", registry_path),
    ]


def _wrong_bodies(secret: str) -> list[dict[str, Any]]:
    logins: list[object] = [
        secret,
        [secret],
        {"username": "robot", "secret": [secret]},
        {"username": "robot", "secret": {"secret": secret}},
        {"username": "robot", "secret": secret, "token": secret},
        {"username": [secret], "secret": secret},
        {"username": "robot:", "secret": secret},
        {"username": "robot", "secret": f"{secret}\n"},
        {"username": "robot", "secret": f"{secret}\0"},
        {"username": "robot", "secret": f"{secret}\ud800"},
        {"username": "robot", "secret": secret * 2000},
        {"username": secret * 10, "secret": secret},
    ]
    whole: list[dict[str, Any]] = [{"credential": login} for login in logins]
    whole += [
        {"secret": secret},
        {"password": secret, "credential": None},
        {"provider": secret},
        {"schedule": secret},
        {"insecure": secret},
        {"caPem": secret},
        {"url": f"http://robot:{secret}@127.0.0.1:9"},
        {"url": f"http://127.0.0.1:9/?token={secret}"},
    ]
    return [{"url": DEAD, "insecure": True, **body} for body in whole]


def _wrong_texts(secret: str) -> list[tuple[bytes, dict[str, str], int]]:
    text = json.dumps({"name": "broken", "url": DEAD, "credential": {"secret": secret}})
    return [
        (text[:-10].encode(), _JSON, 400),
        (secret.encode(), _JSON, 400),
        (json.dumps(secret).encode(), _JSON, 400),
        (json.dumps([secret]).encode(), _JSON, 400),
        (text.encode() + b"\xff", _JSON, 400),
        (f'{{"name": {json.dumps(secret)}, "name": 1}}'.encode(), _JSON, 400),
        (text.encode(), {"Content-Type": "text/plain"}, 415),
        (f"secret={secret}".encode(), {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (json.dumps({"name": secret * 60_000}).encode(), _JSON, 413),
    ]


def strangers(site: Site, viewer: Visitor) -> None:
    secret = site.evidence.secret("sent by somebody who may not")
    body = {"name": "theirs", "url": DEAD, "credential": {"username": "robot", "secret": secret}}
    nobody = site.visitor()
    for visitor, status in ((nobody, 401), (viewer, 403)):
        for path in ("/api/registries", "/api/registries/test-connection", "/api/users"):
            token = {"X-CSRFToken": visitor.cookies.get("harborguard-csrf", "")}
            assert visitor.post(path, json=body, headers=token).status_code == status
        visitor.send_form("/registries/connect", name="theirs", url=DEAD, password=secret)
    for wrong in (
        f"Bearer hg_{secret}".encode(),
        f"Basic {secret}".encode(),
        b"Bearer " + b"x" * 99,
    ):
        assert nobody.get("/api/me", headers={"Authorization": wrong}).status_code == 401
    assert site.script.get("/api/registries", params={"token": secret}).status_code == 400
    site.admin.get("/", params={"password": secret})
    nobody.get("/login", params={"password": secret})
    # Without the token that proves where the form came from.
    assert site.admin.post("/registries/connect", data={"password": secret}).status_code == 403
