"""Validation of a connection's fields. The model uses it, and so does every form and API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from unicodedata import category

from cryptography import x509
from django.core.exceptions import ValidationError

from registries.oci.reference import is_repository
from registries.providers import PROVIDERS
from registries.providers.shared.options import normal_options
from registries.transport.endpoint import Credential as Login
from registries.transport.origin import Origin

GLOBS_MOST = 100
_GLOB_LONGEST = 255
KNOWN_MOST = 10_000
REALMS_MOST = 100
_PEM_LONGEST = 256 * 1024


def normal_url(text: str, *, insecure: bool) -> str:
    """Return the URL as it is stored: scheme, host and, unless it is the default, port.

    Without a scheme it is https, or http where plain HTTP is allowed. Raise ValidationError.
    """
    text = text.strip().rstrip("/")
    if "://" not in text:
        text = f"{'http' if insecure else 'https'}://{text}"
    try:
        origin = Origin.parse(text)
    except ValueError as error:
        raise ValidationError(f"Not a valid registry URL: {error}.") from None
    if origin.scheme == "http" and not insecure:
        raise ValidationError(
            "Plain HTTP sends the credentials unencrypted. To allow it, turn on “plain HTTP” "
            "(--insecure)."
        )
    if origin.scheme == "https" and insecure:
        raise ValidationError(
            "“Plain HTTP” is on, but the URL says https. For a private CA, add its "
            "certificate instead (--ca-file)."
        )
    return str(origin)


def validate_globs(value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(glob, str) for glob in value):
        raise ValidationError("Must be a list of patterns, such as v1.* or *-rc*.")
    if len(value) > GLOBS_MOST:
        raise ValidationError(f"At most {GLOBS_MOST} patterns.")
    for glob in value:
        if not glob or len(glob) > _GLOB_LONGEST or not glob.isprintable():
            raise ValidationError(
                f"A pattern is 1 to {_GLOB_LONGEST} printable characters; {ascii(glob)[:60]} "
                "is not."
            )
        if glob.count("*") > 10:
            raise ValidationError(f"At most ten * in a pattern; {ascii(glob)[:60]} has more.")


def validate_repositories(value: Any) -> None:
    if not isinstance(value, list):
        raise ValidationError("Must be a list of repository names.")
    if len(value) > KNOWN_MOST:
        raise ValidationError(f"At most {KNOWN_MOST} repositories.")
    for name in value:
        if not is_repository(name):
            raise ValidationError(f"{ascii(name)[:60]} is not a valid repository name.")


def validate_realms(value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(realm, str) for realm in value):
        raise ValidationError("Must be a list of origins.")
    if len(value) > REALMS_MOST:
        raise ValidationError(f"At most {REALMS_MOST} token servers.")
    for realm in value:
        try:
            Origin.parse(realm)
        except ValueError as error:
            raise ValidationError(f"Token server: {error}.") from None


def normal_realms(realms: Iterable[str]) -> list[str]:
    """Return the valid ones as they are stored: as origins, each once."""
    return list(dict.fromkeys(str(Origin.parse(realm)) for realm in realms))


def validate_ca_pem(value: str) -> None:
    """Require at least one certificate, and refuse private keys."""
    if not value:
        return
    if "PRIVATE KEY" in value:
        raise ValidationError("This contains a private key. Enter only the CA's certificate.")
    if len(value) > _PEM_LONGEST:
        raise ValidationError(f"At most {_PEM_LONGEST // 1024} KiB of certificates.")
    try:
        x509.load_pem_x509_certificates(value.encode())
    except ValueError:
        raise ValidationError("Not a PEM certificate (-----BEGIN CERTIFICATE-----).") from None


def validate_login(username: str, secret: str) -> None:
    """Check that HTTP Basic authentication can carry the credentials (RFC 7617)."""
    wrong = {
        field: "Line breaks and other control characters are not allowed in credentials."
        for field, text in (("username", username), ("password", secret))
        if any(category(character) == "Cc" for character in text)
    }
    if ":" in username:
        wrong["username"] = "A user name cannot contain a colon."
    if wrong:
        raise ValidationError(wrong)


def normal_options_of(provider: str, values: Any, *, insecure: bool) -> dict[str, Any]:
    """Return the options as they are stored. Raise ValidationError."""
    declared = PROVIDERS[provider].options
    try:
        normal = normal_options(values, declared)
    except ValueError as error:
        raise ValidationError({"options": f"{error}."}) from None
    for option in declared:
        if str(normal.get(option.name, "")).startswith("http:") and not insecure:
            raise ValidationError(
                {
                    "options": f"{option.name}: plain HTTP sends the credentials unencrypted. "
                    "Use https, or turn on “plain HTTP” (--insecure) for a "
                    "registry without TLS."
                }
            )
    return normal


def credential_options(provider: str) -> frozenset[str]:
    """Return the names of options that determine where the credentials are sent, or what they are
    used for."""
    return frozenset(
        option.name for option in PROVIDERS[provider].options if option.leads_credential
    )


def normal_login(provider: str, login: Login) -> Login:
    """Return the credentials as the product accepts them. Raise ValidationError naming the
    field."""
    try:
        login = PROVIDERS[provider].login(login)
    except ValueError as error:
        raise ValidationError({"password": f"{sentence(str(error))}."}) from None
    validate_login(login.username, login.secret)
    return login


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def validate_provider(value: str) -> None:
    if value not in PROVIDERS:
        raise ValidationError(f"Unknown provider. Known providers: {', '.join(sorted(PROVIDERS))}.")


def validate_name(value: str) -> None:
    if not value.isprintable() or value != value.strip():
        raise ValidationError("A name is printable text without leading or trailing spaces.")
