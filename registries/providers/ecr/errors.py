"""The meaning of AWS error codes. The status is 400 for nearly everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    NotFound,
    RegistryError,
    UnexpectedStatus,
)
from registries.transport.printable import printable
from registries.transport.redaction import redacted

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_WRONG_LOGIN = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation"}
)
# Long enough for the identity, action and resource that a denial names.
_MAX_MESSAGE_LENGTH = 500


class LoginExpired(AuthenticationFailed):
    """The keys of a role or a signature expired meanwhile. New ones may be valid."""


class ParameterRefused(UnexpectedStatus):
    """A parameter, such as the page size, was refused."""


class RepositoryNotFound(NotFound):
    """The repository does not exist, so none of its images does."""


def failure(error: ClientError, secrets: tuple[str, ...]) -> RegistryError:
    details = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    kind, what = _meaning(code, message)
    words = printable(redacted(f"{code}: {message}", None, secrets), _MAX_MESSAGE_LENGTH)
    return kind(f"{what}: {error.operation_name} of AWS says {words}", status=status)


def _meaning(code: str, message: str) -> tuple[type[RegistryError], str]:
    # A signature is valid for some minutes; a wrong clock causes the same code.
    if code in _EXPIRED or (code in _WRONG_LOGIN and message.startswith("Signature expired")):
        return LoginExpired, "Authentication failed"
    if code in _WRONG_LOGIN:
        return AuthenticationFailed, "Authentication failed"
    if code in _DENIED:
        return AccessDenied, "Access denied"
    if code == "RepositoryNotFoundException":
        return RepositoryNotFound, "Not found"
    if code == "ImageNotFoundException":
        return NotFound, "Not found"
    if code in ("InvalidParameterException", "ValidationException", "ValidationError"):
        return ParameterRefused, "Unexpected answer"
    return UnexpectedStatus, "Unexpected answer"
