"""The errors of everything that can go wrong between HarborGuard and a registry.

Each has a stable ``code`` for scripts, a message for the operator and a ``hint``: the first thing
to check. ``permanent`` says that retrying cannot help until somebody changes something; the
schedule then waits longer.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Self


class Stage(StrEnum):
    """The stages of a connection, in order."""

    ADDRESS = "address"
    TLS = "tls"
    API = "api"
    CREDENTIALS = "credentials"
    CATALOG = "catalog"
    TAGS = "tags"


class RegistryError(Exception):
    """The base of the family. ``str(error)`` is the message for the operator and holds no
    secret."""

    code: ClassVar[str] = "registry_error"
    hint: ClassVar[str] = "Open the last run to see the details of the failed request"
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
        """``status`` is the HTTP status, ``retry_after`` the delay that the registry asks for, in
        seconds."""
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        if stage is not None:
            self.stage = stage

    def plain(self) -> Self:
        """Return a copy to keep or raise later, without traceback and context, which would hold on
        to every body and value involved."""
        error = type(self).__new__(type(self), *self.args)
        error.__dict__.update(self.__dict__)
        return error


class AddressBlocked(RegistryError):
    code = "address_blocked"
    hint = (
        "The host name resolves to an address that this installation must not call. Check "
        "the URL, then HARBORGUARD_ALLOW_LOOPBACK and HARBORGUARD_ALLOWED_NETWORKS"
    )
    permanent = True
    stage = Stage.ADDRESS


class ConnectionTimedOut(RegistryError):
    code = "connection_timed_out"
    hint = "Check the egress firewall rules and DNS resolution from the worker"
    stage = Stage.ADDRESS


class NetworkError(RegistryError):
    code = "network_error"
    hint = "Check that the registry is up, and that its host name and port are right"
    stage = Stage.ADDRESS


class TLSNotTrusted(RegistryError):
    code = "tls_not_trusted"
    hint = (
        "Check the registry's certificate. If a private CA issued it, add the CA "
        "certificate to the connection"
    )
    permanent = True
    stage = Stage.TLS


class NotARegistry(RegistryError):
    code = "not_a_registry"
    hint = "Check that the URL is that of the registry itself, as for docker login, without a path"
    permanent = True


class AuthenticationFailed(RegistryError):
    code = "authentication_failed"
    hint = (
        "Check whether the credentials were rotated or have expired (PATs, service "
        "principal secrets, AWS keys), and update them"
    )
    permanent = True
    stage = Stage.CREDENTIALS


class ChallengeInvalid(RegistryError):
    code = "challenge_invalid"
    hint = (
        "Check the registry, or a proxy in front of it, for its authentication scheme: only "
        "Basic and Bearer are supported"
    )
    permanent = True
    stage = Stage.CREDENTIALS


class RealmUntrusted(RegistryError):
    """The registry requests a token from another host; ``realm`` is its origin."""

    code = "realm_untrusted"
    hint = (
        "Check that the other host is the registry's token server. If it is, trust it with "
        "Test Connection"
    )
    permanent = True
    stage = Stage.CREDENTIALS

    def __init__(self, message: str, *, realm: str, stage: Stage | None = None) -> None:
        super().__init__(message, stage=stage)
        self.realm = realm


class CredentialUnreadable(RegistryError):
    code = "credential_unreadable"
    hint = "Restore the key in HARBORGUARD_CREDENTIAL_KEYS, or enter the credentials again"
    permanent = True
    stage = Stage.CREDENTIALS


class CatalogForbidden(RegistryError):
    code = "catalog_forbidden"
    hint = (
        "Check whether the registry restricts its catalog to admins. If so, list the "
        "repositories under Known repositories, or rely on webhooks"
    )
    permanent = True
    stage = Stage.CATALOG


class AccessDenied(RegistryError):
    code = "access_denied"
    hint = "Grant the credentials pull (read) permission"
    permanent = True


class NotFound(RegistryError):
    """The registry's own 404 for a repository or a tag: an answer, not a failure."""

    code = "not_found"
    hint = "Check that it still exists in the registry, and that the credentials may see it"


class RateLimited(RegistryError):
    code = "rate_limited"
    hint = "Sync less often, or ask for a higher limit at the registry"


class Banned(RateLimited):
    """The registry has blocked our address for ``retry_after`` seconds."""

    code = "banned"
    hint = (
        "Registries block an address after many failed logins. Correct the credentials of "
        "every connection to this host, and wait until the block ends"
    )


class LoginsPaused(RateLimited):
    """HarborGuard has paused logins: after another failed one the host might block our address."""

    code = "logins_paused"
    hint = "Find the connections to this host whose credentials are rejected, and update them"


class UnexpectedStatus(RegistryError):
    code = "unexpected_status"
    hint = "Check the registry's own log for this request"


class RedirectRefused(RegistryError):
    code = "redirect_refused"
    hint = "Enter the address that it redirects to, if you trust it"
    permanent = True


class MalformedResponse(RegistryError):
    code = "malformed_response"
    hint = "Check the URL: a login page, a proxy or another service answers instead of the registry"


class ResponseTooLarge(RegistryError):
    code = "response_too_large"
    hint = "Report this to the registry's vendor: the response exceeds the limit"


class PaginationUntrusted(RegistryError):
    code = "pagination_untrusted"
    hint = "Check the proxy in front of the registry: a next-page link leads elsewhere or loops"


class WorkerLost(RegistryError):
    code = "worker_lost"
    hint = "Check the workers' log and their memory limit"


class InternalError(RegistryError):
    code = "internal_error"
    hint = (
        "Report this as a bug in HarborGuard, with the traceback that the worker logged "
        "for this run"
    )
