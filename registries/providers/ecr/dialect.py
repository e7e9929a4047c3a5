"""Rate limits of AWS, which are codes in the body of a 400."""

from __future__ import annotations

import json
import re

from requests import Response

from registries.transport.dialect import StandardDialect
from registries.transport.rate_headers import wait_wished

_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# Larger bodies are not error messages.
_LONGEST_REFUSAL = 16 * 1024
_XML_CODE = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")


class AWSDialect(StandardDialect):
    def refusal(self, response: Response, now: float) -> float | None:
        if response.status_code == 400 and _code(response) in _THROTTLED:
            return wait_wished(response.headers, response.content, now)
        return super().refusal(response, now)


def _code(response: Response) -> str:
    """Return the code, from a header, from JSON as ECR sends it, or from XML as STS does."""
    if named := response.headers.get("x-amzn-ErrorType"):
        return named.partition(":")[0]
    body = response.content
    if len(body) > _LONGEST_REFUSAL:
        return ""
    if match := _XML_CODE.search(body):
        return match[1].decode()
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    code = document.get("__type") if isinstance(document, dict) else None
    return code.rpartition("#")[2] if isinstance(code, str) else ""
