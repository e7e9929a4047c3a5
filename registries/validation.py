"""What a connection's fields may hold. Used by the model, so by every door."""

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
    """The URL as it is stored: scheme, host and, unless it is the usual one, port.

    Without a scheme it is https, or http where plain HTTP was asked for. Raise ValidationError.
    """
    text = text.strip().rstrip("/")
    if "://" not in text:
        text = f"{'http' if insecure else 'https'}://{text}"
    try:
        origin = Origin.parse(text)
    except ValueError as error:
        raise ValidationError(f"Not a registry address: {error}.") from None
    if origin.scheme == "http" and not insecure:
        raise ValidationError(
            "Plain HTTP sends the credential unencrypted; allow it with “plain HTTP” (--insecure)."
        )
    if origin.scheme == "https" and insecure:
        raise ValidationError(
            "Plain HTTP was asked for, but the address says https; for a private CA, give its "
            "certificate instead (--ca-file)."
        )
    return str(origin)


def validate_globs(value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(glob, str) for glob in value):
        raise ValidationError("Give a list of globs, such as v1.* or *-rc*.")
    if len(value) > GLOBS_MOST:
        raise ValidationError(f"At most {GLOBS_MOST} globs.")
    for glob in value:
        if not glob or len(glob) > _GLOB_LONGEST or not glob.isprintable():
            raise ValidationError(
                f"A glob is 1 to {_GLOB_LONGEST} printable characters; {ascii(glob)[:60]} is not."
            )
        if glob.count("*") > 10:
            raise ValidationError(f"At most ten * in one glob; {ascii(glob)[:60]} has more.")


def validate_repositories(value: Any) -> None:
    if not isinstance(value, list):
        raise ValidationError("Give a list of repository names.")
    if len(value) > KNOWN_MOST:
        raise ValidationError(f"At most {KNOWN_MOST} repositories.")
    for name in value:
        if not is_repository(name):
            raise ValidationError(f"{ascii(name)[:60]} is not a repository name.")


def validate_realms(value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(realm, str) for realm in value):
        raise ValidationError("Give a list of origins.")
    if len(value) > REALMS_MOST:
        raise ValidationError(f"At most {REALMS_MOST} token servers.")
    for realm in value:
        try:
            Origin.parse(realm)
        except ValueError as error:
            raise ValidationError(f"Token server: {error}.") from None


def normal_realms(realms: Iterable[str]) -> list[str]:
    """Valid ones as they are stored: as origins, each once."""
    return list(dict.fromkeys(str(Origin.parse(realm)) for realm in realms))


def validate_ca_pem(value: str) -> None:
    """At least one certificate, and nothing secret."""
    if not value:
        return
    if "PRIVATE KEY" in value:
        raise ValidationError("This holds a private key; give the CA's certificate alone.")
    if len(value) > _PEM_LONGEST:
        raise ValidationError(f"At most {_PEM_LONGEST // 1024} KiB of certificates.")
    try:
        x509.load_pem_x509_certificates(value.encode())
    except ValueError:
        raise ValidationError("Not a PEM certificate (-----BEGIN CERTIFICATE-----).") from None


def validate_login(username: str, secret: str) -> None:
    """What HTTP's Basic scheme can carry (RFC 7617)."""
    wrong = {
        field: "Line breaks and other control characters cannot be sent as a login."
        for field, text in (("username", username), ("password", secret))
        if any(category(character) == "Cc" for character in text)
    }
    if ":" in username:
        wrong["username"] = "A user name has no colon: it would end there."
    if wrong:
        raise ValidationError(wrong)


def normal_options_of(provider: str, values: Any, *, insecure: bool) -> dict[str, Any]:
    """What the product must be told, as it is stored. Raise ValidationError."""
    declared = PROVIDERS[provider].options
    try:
        normal = normal_options(values, declared)
    except ValueError as error:
        raise ValidationError({"options": f"{error}."}) from None
    for option in declared:
        if str(normal.get(option.name, "")).startswith("http:") and not insecure:
            raise ValidationError(
                {
                    "options": f"{option.name}: plain HTTP sends the credential unencrypted; write "
                    "https, or allow it with “plain HTTP” (--insecure) for a registry without TLS."
                }
            )
    return normal


def credential_options(provider: str) -> frozenset[str]:
    """Names of the options that say where the credential goes, or what it is used for."""
    return frozenset(
        option.name for option in PROVIDERS[provider].options if option.leads_credential
    )


def normal_login(provider: str, login: Login) -> Login:
    """The login as the product takes it. Raise ValidationError that names the field."""
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
        raise ValidationError(f"Unknown provider; known are: {', '.join(sorted(PROVIDERS))}.")


def validate_name(value: str) -> None:
    if not value.isprintable() or value != value.strip():
        raise ValidationError("A name is printable text without spaces around it.")
