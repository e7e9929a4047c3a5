"""How GitLab says that it has blocked our address.

After some failed logins within a few minutes, 30 in three at gitlab.com, it refuses everything from
there for an hour: in plain text, before anything that speaks JSON is reached.
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
# The wording of the component that counts, wherever it answers.
_SHUT_OUT = b"Forbidden"


class GitLabDialect(StandardDialect):
    def ban(self, response: Response, now: float) -> float | None:
        if response.status_code != 403 or is_json(response):
            return None
        is_token_server = urlsplit(response.url).path == _TOKENS
        if not is_token_server and response.content.strip() != _SHUT_OUT:
            return None
        return retry_after(response.headers.get("Retry-After"), now) or BAN_SECONDS
