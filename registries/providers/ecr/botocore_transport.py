"""Send botocore's signed requests through our transport."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from registries.providers.shared.native_api import json_document
from registries.transport.session import Session, request_headers

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse
    from botocore.compat import HTTPHeaders


class Body(io.BytesIO):
    """A body as botocore reads one."""

    def stream(self) -> Iterator[bytes]:
        yield self.getvalue()


def sending(session: Session, *, is_json: bool) -> Callable[..., AWSResponse]:
    """Return a handler of botocore's event "before-send", so that botocore sends nothing itself.

    ``is_json``: a successful answer must be JSON. Botocore takes anything else for an empty answer,
    and a login page would look like an empty registry.
    """
    from botocore.awsrequest import AWSResponse
    from botocore.compat import HTTPHeaders

    def send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        headers = request_headers(_texts(request.headers))
        response = session.ask(request.method, request.url, headers, body=_bytes(request.body))
        if is_json and response.status_code == 200:
            json_document(response, "a request to AWS")
        answered = HTTPHeaders.from_dict(dict(response.headers))
        return AWSResponse(request.url, response.status_code, answered, Body(response.content))

    return send


def _texts(headers: HTTPHeaders) -> dict[str, str]:
    """Return the headers without User-Agent, which describes this machine and is not signed."""
    left_out = ("user-agent", "content-length")
    values: Iterable[tuple[str, object]] = headers.items()
    return {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in values
        if name.lower() not in left_out
    }


def _bytes(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else b""
