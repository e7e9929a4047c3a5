"""Translate libcurl's error numbers to our errors, with the stage that was reached."""

from __future__ import annotations

import pycurl

from registries.errors import (
    ConnectionTimedOut,
    MalformedResponse,
    NetworkError,
    RegistryError,
    ResponseTooLarge,
    Stage,
    TLSNotTrusted,
)
from registries.transport.printable import printable

# Numbers of curl.h that pycurl has no name for.
_WEIRD_SERVER_REPLY = 8
_TOO_LARGE = 100

_CERTIFICATE_REFUSED = {
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_ISSUER_ERROR,
    pycurl.E_SSL_INVALIDCERTSTATUS,
}
_CA_UNREADABLE = {pycurl.E_SSL_CACERT_BADFILE, pycurl.E_SSL_CERTPROBLEM}
NOT_HTTP = {
    pycurl.E_UNSUPPORTED_PROTOCOL,
    pycurl.E_BAD_CONTENT_ENCODING,
    _WEIRD_SERVER_REPLY,
}
_TOO_MUCH = {pycurl.E_FILESIZE_EXCEEDED, _TOO_LARGE}
_CUT_OFF = {pycurl.E_PARTIAL_FILE, pycurl.E_GOT_NOTHING, pycurl.E_RECV_ERROR, pycurl.E_SEND_ERROR}


def error_for(number: int, text: str, *, peer: str, stage: Stage, seconds: float) -> RegistryError:
    """Return the error. ``text`` is libcurl's and may quote the server; ``peer`` is host:port."""
    detail = printable(text)
    if number == pycurl.E_OPERATION_TIMEDOUT:
        return ConnectionTimedOut(_timed_out(peer, stage, seconds), stage=stage)
    if number in _CERTIFICATE_REFUSED:
        return TLSNotTrusted(
            f"Network error: the TLS certificate of {peer} is not trusted ({detail})"
        )
    if number in _CA_UNREADABLE:
        return TLSNotTrusted(
            f"Network error: the CA certificates to check {peer} with cannot be read"
        )
    if number in _TOO_MUCH or "response headers" in text:
        return ResponseTooLarge(f"The response of {peer} exceeds the size limit")
    if number in NOT_HTTP:
        return MalformedResponse(f"{peer} does not speak HTTP ({detail})")
    if number in _CUT_OFF and stage is Stage.API:
        return cut_off(peer)
    return NetworkError(_broken(number, peer, stage, detail), stage=stage)


def cut_off(peer: str) -> NetworkError:
    return NetworkError(
        f"Network error: {peer} closed the connection before its response was complete",
        stage=Stage.API,
    )


def _timed_out(peer: str, stage: Stage, seconds: float) -> str:
    if stage is Stage.ADDRESS:
        return f"Connection timed out: {peer} could not be reached in time"
    if stage is Stage.TLS:
        return f"Connection timed out: {peer} did not finish the TLS handshake in time"
    return f"Connection timed out: {peer} did not finish its response within {seconds:g} s"


def _broken(number: int, peer: str, stage: Stage, detail: str) -> str:
    if number == pycurl.E_COULDNT_RESOLVE_HOST:
        return f"Network error: the host name of {peer} does not resolve"
    if number == pycurl.E_COULDNT_CONNECT:
        return f"Network error: {peer} refused the connection or cannot be reached"
    if stage is Stage.TLS:
        return f"Network error: the TLS handshake with {peer} failed ({detail})"
    return f"Network error: {peer}: {detail}"
