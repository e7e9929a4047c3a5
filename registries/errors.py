"""One family for everything that can go wrong between us and a registry.

Each error carries a stable ``code`` for scripts, a message for the operator, and a
``hint``: the first thing to check. ``permanent`` says whether trying again without a
person changing something can help; the schedule backs off further when it cannot.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Self


class Stage(StrEnum):
    """How far the conversation with the registry had come (decision 20), in order."""

    ADDRESS = "address"
    TLS = "tls"
    API = "api"
    CREDENTIALS = "credentials"
    CATALOG = "catalog"
    TAGS = "tags"


class RegistryError(Exception):
    """Base of the family. ``str(error)`` is the operator's message and holds no secret."""

    code: ClassVar[str] = "registry_error"
    hint: ClassVar[str] = "Open the last run for the details of the failed request"
    permanent: ClassVar[bool] = False
    stage: Stage = Stage.API

    def __init__(
        self,
        message: str,
        *,
        stage: Stage | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        """``status`` is the HTTP status, ``retry_after`` the registry's own wish in seconds."""
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        if stage is not None:
            self.stage = stage

    def plain(self) -> Self:
        """The same to be kept, or raised anew: without the traceback and context, which hold
        on to every body and value on the way here.
        """
        error = type(self).__new__(type(self), *self.args)
        error.__dict__.update(self.__dict__)
        return error


class AddressBlocked(RegistryError):
    code = "address_blocked"
    hint = (
        "The host name resolves to an address this installation must not call; "
        "check the URL, then HARBORGUARD_ALLOW_LOOPBACK and HARBORGUARD_ALLOWED_NETWORKS"
    )
    permanent = True
    stage = Stage.ADDRESS


class ConnectionTimedOut(RegistryError):
    code = "connection_timed_out"
    hint = "Egress firewall rules; DNS resolution from the worker"
    stage = Stage.ADDRESS


class NetworkError(RegistryError):
    code = "network_error"
    hint = "Registry is down, or its host name or port is wrong"
    stage = Stage.ADDRESS


class TLSNotTrusted(RegistryError):
    code = "tls_not_trusted"
    hint = "Registry is behind a private CA: give its certificate with the connection (CA file)"
    permanent = True
    stage = Stage.TLS


class NotARegistry(RegistryError):
    code = "not_a_registry"
    hint = "The URL must be the registry itself, the one docker login takes, without a path"
    permanent = True


class AuthenticationFailed(RegistryError):
    code = "authentication_failed"
    hint = "Credentials rotated or expired (PATs, service-principal secrets, Azure SP, AWS keys)"
    permanent = True
    stage = Stage.CREDENTIALS


class ChallengeInvalid(RegistryError):
    code = "challenge_invalid"
    hint = (
        "The registry, or a proxy before it, asks for a kind of login that this product "
        "does not speak: Basic and Bearer are understood"
    )
    permanent = True
    stage = Stage.CREDENTIALS


class RealmUntrusted(RegistryError):
    """The registry sends us to another host for its token; ``realm`` is that origin."""

    code = "realm_untrusted"
    hint = (
        "The registry asks for its credential on another host; if that is its token server, "
        "trust it once with Test Connection"
    )
    permanent = True
    stage = Stage.CREDENTIALS

    def __init__(self, message: str, *, realm: str, stage: Stage | None = None) -> None:
        super().__init__(message, stage=stage)
        self.realm = realm


class CredentialUnreadable(RegistryError):
    code = "credential_unreadable"
    hint = (
        "The key that encrypted it is missing: restore HARBORGUARD_CREDENTIAL_KEYS, "
        "or enter the credential again"
    )
    permanent = True
    stage = Stage.CREDENTIALS


class CatalogForbidden(RegistryError):
    code = "catalog_forbidden"
    hint = "Registry restricts catalog enumeration to admins; switch to per-image triggers"
    permanent = True
    stage = Stage.CATALOG


class AccessDenied(RegistryError):
    code = "access_denied"
    hint = "The credential may log in but not read this: give it pull (read) rights"
    permanent = True


class NotFound(RegistryError):
    """The registry's own 404 for a repository or a tag: an answer, not a failure."""

    code = "not_found"
    hint = "It is gone from the registry, or this credential may not see it"


class RateLimited(RegistryError):
    code = "rate_limited"
    hint = "The registry limits how much may be asked; sync less often, or raise the plan's limit"


class Banned(RateLimited):
    """It answers nobody at our address for a while; ``retry_after`` is how long."""

    code = "banned"
    hint = (
        "The registry has shut out this installation's address, often after failed logins: "
        "correct the credentials of every connection to it, and wait until the ban is over"
    )


class LoginsPaused(RateLimited):
    """So many logins failed at a host that one more might have it ban us."""

    code = "logins_paused"
    hint = (
        "Registries ban an address for many failed logins: find the connections to this host "
        "whose credential is refused, and correct them"
    )


class UnexpectedStatus(RegistryError):
    code = "unexpected_status"
    hint = "Look at the registry's own log for that request"


class RedirectRefused(RegistryError):
    code = "redirect_refused"
    hint = "A registry answers itself; enter the address that it redirects to, if you trust it"
    permanent = True


class MalformedResponse(RegistryError):
    code = "malformed_response"
    hint = "Something else answers at this URL: a login page, a proxy, or not a registry"


class ResponseTooLarge(RegistryError):
    code = "response_too_large"
    hint = "The answer went over the limit of one response; ask the registry's vendor"


class PaginationUntrusted(RegistryError):
    code = "pagination_untrusted"
    hint = "The registry's next-page link leads elsewhere or in a circle; check the proxy before it"


class WorkerLost(RegistryError):
    code = "worker_lost"
    hint = "Workers died while they ran this: look at their log and at the memory they may use"


class InternalError(RegistryError):
    code = "internal_error"
    hint = "A fault in HarborGuard: the worker's log holds the trace under this run's number"
