from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.harborguard.web_server import web_server

HEAD = (
    "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 67108864\r\n"
    "Cookie: {name}={value}\r\nContent-Type: multipart/form-data; boundary=here\r\n\r\n"
    '--here\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'
)


def test_a_stranger_s_file_is_refused_as_it_begins_and_nothing_of_it_is_kept(
    tmp_path: Path,
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    with web_server(tmp_path / "log", TMPDIR=str(kept)) as server:
        address = urlsplit(server.url)
        # Without the cookie the token in the form would not be looked for.
        [(name, value)] = requests.get(f"{server.url}/login", timeout=60).cookies.items()
        head = HEAD.format(name=name, value=value)
        with socket.create_connection((address.hostname, address.port), timeout=30) as caller:
            # A part of what was announced: whoever wants to keep it waits for the rest.
            caller.sendall(head.encode() + b"x" * 2**20)
            answer = caller.recv(1000).decode()
        uploads = [*kept.glob("*.upload*")]

    assert answer.startswith("HTTP/1.1 400 ")
    assert uploads == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login", "/logout", "/keys", "/registries/connect"])
def test_no_address_takes_a_file(path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32

    answer = client.post(path, {"file": SimpleUploadedFile("a", b"canary")})

    assert answer.status_code == 400
