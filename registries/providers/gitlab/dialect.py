"""The response with which GitLab blocks our address.

After several failed logins within minutes, 30 in three at gitlab.com, it refuses all requests from
an address for an hour. The refusal is plain text, as the JSON API is not reached.
https://docs.gitlab.com/security/rate_limits/
"""

from __future__ import annotations

from urllib.parse import urlsplit

from requests import Response

from registries.providers.shared.native_api import is_json
from registries.transport.dialect import StandardDialect
from registries.transport.retry import retry_after

BAN_SECONDS = 3600.0

_TOKENS = "/jwt/auth"
# The body that the component counting failures sends, whatever the path.
_BLOCKED = b"Forbidden"


class GitLabDialect(StandardDialect):
    def ban(self, response: Response, now: float) -> float | None:
        if response.status_code != 403 or is_json(response):
            return None
        is_token_server = urlsplit(response.url).path == _TOKENS
        if not is_token_server and response.content.strip() != _BLOCKED:
            return None
        return retry_after(response.headers.get("Retry-After"), now) or BAN_SECONDS
