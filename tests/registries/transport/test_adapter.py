from __future__ import annotations

import gc
import resource
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pycurl
import pytest
import responses
from requests import PreparedRequest, Response

from registries.errors import (
    AddressBlocked,
    ConnectionTimedOut,
    MalformedResponse,
    NetworkError,
    RegistryError,
    ResponseTooLarge,
    Stage,
    TLSNotTrusted,
)
from registries.transport.adapter import CurlAdapter
from registries.transport.open_sockets import OpenSockets
from registries.transport.policy import AddressPolicy
from registries.transport.session import request_headers
from tests.fakes.endpoints import endpoint
from tests.fakes.http_server import FakeServer, Request, fake_server
from tests.fakes.replies import (
    answer,
    answer_json,
    drip,
    endless_body,
    gzip_bomb,
    hang,
    raw,
)
from tests.fakes.tls import loopback_tls
from tests.services.certificates import CertificateAuthority

SECRET_QUERY = "/page?token=s3cret"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server({"*": answer_json({})}) as fake:
        yield fake


def send(url: str, method: str = "GET", **values: Any) -> Response:
    adapter = CurlAdapter(endpoint(url.partition("/page")[0], **values))
    try:
        return adapter.send(prepared(url, method))
    finally:
        adapter.close()


def prepared(url: str, method: str = "GET", **headers: str) -> PreparedRequest:
    request = PreparedRequest()
    request.method, request.url, request.headers = method, url, request_headers(headers)
    return request


def failure(url: str, **values: Any) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        send(f"{url}{SECRET_QUERY}", **values)
    assert "s3cret" not in f"{caught.value!s} {caught.value!r}"
    return caught.value


def test_it_reads_an_answer(server: FakeServer) -> None:
    server.routes["/page"] = answer(
        418, b"body", [("Link", "<a>"), ("X-Case", " kept "), ("link", "<b>")]
    )
    response = send(f"{server.url}/page?n=1")
    assert (response.status_code, response.content) == (418, b"body")
    assert response.headers["LINK"] == "<a>, <b>"
    assert response.headers["x-case"] == "kept"
    assert response.url == f"{server.url}/page?n=1"
    assert server.requests[0].query == {"n": ["1"]}


def test_it_sends_our_headers_and_no_others(server: FakeServer) -> None:
    CurlAdapter(endpoint(server.url)).send(prepared(f"{server.url}/page", Accept="x/y"))
    sent = server.requests[0].headers
    assert sent.pop("user-agent").startswith("HarborGuard/")
    assert sent.pop("host") == f"127.0.0.1:{server.port}"
    assert sent == {"accept": "x/y", "accept-encoding": "identity"}


def test_a_head_reads_no_body_whatever_its_length_says(server: FakeServer) -> None:
    server.routes["/page"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    response = send(f"{server.url}/page", "HEAD")
    assert response.status_code == 200
    assert response.content == b""


def test_it_takes_the_headers_of_the_last_response(server: FakeServer) -> None:
    server.routes["/page"] = raw(
        b"HTTP/1.1 103 Early Hints\r\nX-Which: early\r\nX-Early: yes\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nX-Which: last\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nok\r\n0\r\nX-Which: trailer\r\n\r\n"
    )
    response = send(f"{server.url}/page")
    assert response.content == b"ok"
    assert response.headers["X-Which"] == "last"
    assert "X-Early" not in response.headers


def test_it_keeps_the_connection_for_the_next_request(server: FakeServer) -> None:
    adapter = CurlAdapter(endpoint(server.url))
    for method in ("GET", "HEAD", "GET"):
        adapter.send(prepared(f"{server.url}/page", method))
    assert server.connections == 1
    assert (adapter.requests, adapter.bytes_read) == (3, 4)


def test_it_knows_no_cookies(server: FakeServer) -> None:
    server.routes["/page"] = answer(200, b"", {"Set-Cookie": "session=1; Path=/"})
    adapter = CurlAdapter(endpoint(server.url))
    for _ in range(2):
        response = adapter.send(prepared(f"{server.url}/page"))
    assert not response.cookies
    assert "cookie" not in server.requests[1].headers


def test_it_does_not_follow_a_redirect(server: FakeServer) -> None:
    with fake_server() as evil:
        server.routes["/page"] = answer(302, b"", {"Location": f"{evil.url}/v2/"})
        assert send(f"{server.url}/page").status_code == 302
    assert evil.connections == 0


def test_it_ignores_proxies_and_netrc_of_the_environment(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password thief")
    monkeypatch.setenv("HOME", str(tmp_path))
    with fake_server() as proxy:
        for name in ("http_proxy", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        send(f"{server.url}/page")
    assert proxy.connections == 0
    assert server.requests[0].authorization is None


def test_it_does_not_unpack_a_compression_bomb(server: FakeServer) -> None:
    server.routes["/page"] = gzip_bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    response = send(f"{server.url}/page")
    assert response.content.startswith(b"\x1f\x8b")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_it_stops_a_body_that_announces_too_much(server: FakeServer) -> None:
    server.routes["/page"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
    assert isinstance(failure(server.url, body_bytes=8000), ResponseTooLarge)


def test_it_stops_a_body_that_does_not_end(server: FakeServer) -> None:
    server.routes["/page"] = endless_body()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert isinstance(failure(server.url, body_bytes=2**20), ResponseTooLarge)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


@pytest.mark.parametrize("size", [100_000, 5_000_000], ids=["many", "far too many"])
def test_it_stops_headers_that_are_too_large(server: FakeServer, size: int) -> None:
    lines = b"".join(b"X-Filler-%d: %s\r\n" % (i, b"x" * 900) for i in range(size // 920))
    server.routes["/page"] = raw(b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 0\r\n\r\n")
    assert isinstance(failure(server.url), ResponseTooLarge)


def test_it_stops_one_header_that_is_too_large(server: FakeServer) -> None:
    server.routes["/page"] = raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 3_000_000)
    assert isinstance(failure(server.url), ResponseTooLarge)


@pytest.mark.parametrize(
    "reply",
    [
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"x"),
        drip(b"HTTP/1.1 200 OK\r\n", b"X-More: of this\r\n"),
        hang,
    ],
    ids=["drips its body", "drips its headers", "hangs"],
)
def test_it_leaves_a_server_at_the_deadline(server: FakeServer, reply: Any) -> None:
    server.routes["/page"] = reply
    started = time.monotonic()
    error = failure(server.url, total_seconds=0.5)
    assert time.monotonic() - started < 5
    assert isinstance(error, ConnectionTimedOut)
    assert error.stage is Stage.API
    assert str(error) == (
        f"Connection timed out: 127.0.0.1:{server.port} did not finish its response within 0.5 s"
    )


def test_the_deadline_holds_on_a_kept_connection_too(server: FakeServer) -> None:
    adapter = CurlAdapter(endpoint(server.url, total_seconds=0.5))
    adapter.send(prepared(f"{server.url}/page"))
    server.routes["/page"] = hang
    with pytest.raises(ConnectionTimedOut) as caught:
        adapter.send(prepared(f"{server.url}/page"))
    assert caught.value.stage is Stage.API
    assert server.connections == 1


def test_a_call_may_have_a_deadline_of_its_own(server: FakeServer) -> None:
    server.routes["/page"] = hang
    adapter = CurlAdapter(endpoint(server.url, total_seconds=60))
    with pytest.raises(ConnectionTimedOut, match=r"within 0\.3 s"):
        adapter.send(prepared(f"{server.url}/page"), timeout=0.3)


def test_a_host_that_never_accepts_times_out_at_the_address() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        # A full queue: the kernel lets further connections wait.
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        error = failure(f"http://127.0.0.1:{port}", connect_seconds=0.5)
        for each in waiting:
            each.close()
    assert isinstance(error, ConnectionTimedOut)
    assert error.stage is Stage.ADDRESS
    assert "could not be reached" in str(error)


def test_a_closed_port_is_a_network_error_at_the_address() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        error = failure(f"http://127.0.0.1:{port}")
    assert isinstance(error, NetworkError)
    assert error.stage is Stage.ADDRESS
    assert str(error) == (
        f"Network error: 127.0.0.1:{port} refused the connection or cannot be reached"
    )


def test_a_name_that_does_not_resolve_is_a_network_error() -> None:
    error = failure("http://registry.invalid")
    assert isinstance(error, NetworkError)
    assert str(error) == "Network error: the host name of registry.invalid:80 does not resolve"


@pytest.mark.parametrize(
    "data",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", b"HTTP/1.1 200 OK\r\nX-Cut"],
    ids=["nothing", "half a body", "half a header"],
)
def test_a_connection_that_breaks_is_a_network_error(server: FakeServer, data: bytes) -> None:
    server.routes["/page"] = raw(data)
    error = failure(server.url)
    assert isinstance(error, NetworkError)
    assert error.stage is Stage.API


@pytest.mark.parametrize("data", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x15\x03\x01\x00\x02\x02P"])
def test_another_protocol_is_a_malformed_response(server: FakeServer, data: bytes) -> None:
    server.routes["/page"] = raw(data)
    error = failure(server.url)
    assert isinstance(error, MalformedResponse)
    assert str(error).isprintable()


def test_it_does_not_dial_an_address_that_is_blocked(server: FakeServer) -> None:
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:7f00:1]"):
        adapter = CurlAdapter(endpoint(server.url, addresses=AddressPolicy()))
        with pytest.raises(AddressBlocked, match="loopback") as caught:
            adapter.send(prepared(f"http://{host}:{server.port}/page"))
        assert caught.value.stage is Stage.ADDRESS
    assert server.connections == 0


def test_it_speaks_http_and_https_only(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("content")
    adapter = CurlAdapter(endpoint("http://127.0.0.1"))
    for url in (f"file://{secret}", "gopher://127.0.0.1/_x", "dict://127.0.0.1/d:x"):
        with pytest.raises(RegistryError):
            adapter.send(prepared(url))


def test_it_only_reads(server: FakeServer) -> None:
    with pytest.raises(ValueError, match="only reads: DELETE"):
        send(f"{server.url}/page", "DELETE")
    assert server.requests == []


def test_it_trusts_the_authority_of_the_connection_and_no_other(tmp_path: Path) -> None:
    ours, other = CertificateAuthority("ours"), CertificateAuthority("other")
    with fake_server({"*": answer_json({})}, loopback_tls(ours, tmp_path)) as server:
        assert send(f"{server.url}/page", ca_pem=ours.pem).status_code == 200
        for trust in (other.pem, None):
            error = failure(server.url, ca_pem=trust)
            assert isinstance(error, TLSNotTrusted)
            assert error.stage is Stage.TLS
            assert str(error).startswith("Network error: the TLS certificate of 127.0.0.1:")
        assert server.requests[1:] == []


@pytest.mark.parametrize(("host", "answers"), [("127.0.0.1", False), ("localhost", True)])
def test_a_public_authority_vouches_for_other_hosts_and_not_for_the_registry(
    host: str, answers: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, public = CertificateAuthority("ours"), CertificateAuthority("public")
    bundle = tmp_path / "public.pem"
    bundle.write_text(public.pem)
    monkeypatch.setattr("certifi.where", lambda: str(bundle))
    own = CurlAdapter(endpoint("https://127.0.0.1", ca_pem=ours.pem))
    for authority, is_believed in ((public, answers), (ours, True)):
        with fake_server({"*": answer_json({})}, loopback_tls(authority, tmp_path)) as server:
            asked = prepared(f"https://{host}:{server.port}/page")
            if is_believed:
                assert own.send(asked).status_code == 200
            else:
                with pytest.raises(TLSNotTrusted):
                    own.send(asked)
                assert server.requests == []
    own.close()


def test_a_handle_that_asked_elsewhere_believes_no_more_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = CertificateAuthority("public")
    bundle = tmp_path / "public.pem"
    bundle.write_text(public.pem)
    monkeypatch.setattr("certifi.where", lambda: str(bundle))
    own = CurlAdapter(endpoint("https://127.0.0.1", ca_pem=CertificateAuthority("ours").pem))
    with fake_server({"*": answer_json({})}, loopback_tls(public, tmp_path)) as server:
        assert own.send(prepared(f"https://localhost:{server.port}/page")).status_code == 200
        with pytest.raises(TLSNotTrusted):
            own.send(prepared(f"https://127.0.0.1:{server.port}/page"))
        assert len(server.requests) == 1
    own.close()


def test_it_refuses_a_certificate_for_another_host(tmp_path: Path) -> None:
    authority = CertificateAuthority()
    with fake_server({"*": answer_json({})}, loopback_tls(authority, tmp_path)) as server:
        # libcurl takes every name under localhost for this machine, as RFC 6761 has it.
        error = failure(f"https://other.localhost:{server.port}", ca_pem=authority.pem)
    assert isinstance(error, TLSNotTrusted)
    assert server.connections == 1
    assert server.requests == []


def test_it_refuses_old_tls(tmp_path: Path) -> None:
    authority = CertificateAuthority()
    context = loopback_tls(authority, tmp_path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with fake_server({"*": answer_json({})}, context) as server:
        error = failure(server.url, ca_pem=authority.pem)
    assert error.stage is Stage.TLS
    assert server.requests == []


def test_a_plain_server_behind_https_fails_at_the_tls_stage() -> None:
    """It answers at once, as servers do that know no HTTP in what they hear."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

        pool.submit(refuse)
        error = failure(f"https://127.0.0.1:{listener.getsockname()[1]}")
    assert isinstance(error, NetworkError)
    assert error.stage is Stage.TLS


def test_a_silent_tls_server_times_out_at_the_tls_stage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        error = failure(f"https://127.0.0.1:{listener.getsockname()[1]}", total_seconds=0.5)
    assert isinstance(error, ConnectionTimedOut)
    assert error.stage is Stage.TLS


def test_a_ca_that_is_not_one_is_not_trusted(tmp_path: Path) -> None:
    with fake_server(tls=loopback_tls(CertificateAuthority(), tmp_path)) as server:
        error = failure(server.url, ca_pem="not a certificate")
    assert isinstance(error, TLSNotTrusted)


def test_closing_ends_what_is_under_way(server: FakeServer) -> None:
    asked = threading.Event()

    def wait_for_close(connection: socket.socket, _request: object) -> bool:
        asked.set()
        connection.recv(1)
        return False

    server.routes["/page"] = wait_for_close
    adapter = CurlAdapter(endpoint(server.url, total_seconds=60))
    errors: list[RegistryError] = []

    def ask() -> None:
        try:
            adapter.send(prepared(f"{server.url}/page"))
        except RegistryError as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(10)
    adapter.close()
    thread.join(10)
    assert isinstance(errors[0], NetworkError)
    with pytest.raises(NetworkError, match="closed on our side"):
        adapter.send(prepared(f"{server.url}/page"))

    assert adapter._idle == []


def test_nothing_is_dialled_once_sockets_are_shut() -> None:
    sockets = OpenSockets()
    sockets.shut()
    with socket.socket() as dialled:
        assert sockets.opened(dialled.fileno(), 0) == pycurl.SOCKOPT_ERROR


def test_a_body_after_a_head_does_not_spoil_the_next_question(server: FakeServer) -> None:
    def head_with_a_late_body(connection: socket.socket, request: Request) -> None:
        if request.method != "HEAD":
            answer_json({})(connection, request)
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        connection.recv(1, socket.MSG_PEEK)  # the next question is there
        connection.sendall(b"<html>")

    server.routes["/page"] = head_with_a_late_body
    adapter = CurlAdapter(endpoint(server.url))
    adapter.send(prepared(f"{server.url}/page", "HEAD"))
    assert adapter.send(prepared(f"{server.url}/page")).status_code == 200
    assert server.connections == 2


def test_an_idle_handle_keeps_no_body(server: FakeServer) -> None:
    server.routes["/page"] = answer(200, b"x" * 1_000_000)
    adapter = CurlAdapter(endpoint(server.url))
    assert len(adapter.send(prepared(f"{server.url}/page")).content) == 1_000_000
    assert adapter._idle[0]._body == b""
    assert adapter.bytes_read == 1_000_000


def test_no_time_at_all_is_a_deadline_too(server: FakeServer) -> None:
    server.routes["/page"] = hang
    assert isinstance(failure(server.url, total_seconds=0), ConnectionTimedOut)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts the descriptors in /proc")
def test_no_descriptor_is_left_behind(server: FakeServer) -> None:
    def descriptors() -> int:
        gc.collect()
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        refusing = f"http://127.0.0.1:{unused.getsockname()[1]}"
        before = descriptors()
        for close in (True, False):
            adapter = CurlAdapter(endpoint(server.url))
            adapter.send(prepared(f"{server.url}/page"))
            with pytest.raises(NetworkError):
                adapter.send(prepared(refusing))
            if close:
                adapter.close()
            del adapter
        assert wait_until(lambda: descriptors() <= before)


def wait_until(condition: Callable[[], bool]) -> bool:
    """The fake server's threads let go of their side in their own time."""
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
    return True


def test_responses_can_stand_in_for_it() -> None:
    adapter = CurlAdapter(endpoint("https://registry.example.com"))
    url = "https://registry.example.com/v2/"
    with responses.RequestsMock(target="registries.transport.adapter.CurlAdapter.send") as mock:
        mock.get(url, json={"a": 1})
        assert adapter.send(prepared(url)).json() == {"a": 1}
