"""Options of a connection that a product needs besides the URL, and their validation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registries.transport.origin import Origin

OptionValue = str | tuple[str, ...]

MAX_VALUES = 500
# The longest name in AWS.
MAX_VALUE_LENGTH = 2048
_MAX_NAME_LENGTH = 255
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:+@ -]*[A-Za-z0-9._:+@-])?")
_PATH = re.compile(rf"{_NAME.pattern}(?:/{_NAME.pattern})*")
# No segment is "." or "..".
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")


def as_name(text: str) -> str:
    """Return one name, such as an organization's. Raise ValueError with a message for the user."""
    if len(text) > _MAX_NAME_LENGTH or _NAME.fullmatch(text) is None:
        raise ValueError(f"{ascii(text)[:60]} is not a valid name")
    return text


def as_path(text: str) -> str:
    """Return a path of names, such as nested groups."""
    text = text.strip("/")
    if len(text) > _MAX_NAME_LENGTH or _PATH.fullmatch(text) is None:
        raise ValueError(f"{ascii(text)[:60]} is not a valid name or path of names")
    return text


def as_origin(text: str) -> str:
    """Return the origin of an API: ``https://host`` or ``https://host:port``."""
    text = text.rstrip("/")
    return str(Origin.parse(text if "://" in text else f"https://{text}"))


def api_base(text: str) -> tuple[Origin, str]:
    """Return the base URL of an API that may have a path: ``https://host/api/v3``."""
    text = text.rstrip("/")
    scheme, separator, rest = text.rpartition("://")
    host, slash, path = rest.partition("/")
    if slash and _PLAIN_PATH.fullmatch(path) is None:
        raise ValueError("use plain letters and digits in the path, as in https://host/api/v3")
    origin = Origin.parse(f"{scheme}{separator}{host}" if separator else f"https://{host}")
    return origin, f"{slash}{path}"


def as_api_base(text: str) -> str:
    origin, path = api_base(text)
    return f"{origin}{path}"


@dataclass(frozen=True, slots=True)
class ConnectionOption:
    """One option of a connection, such as a namespace.

    - ``check``: returns the normal form of one value, or raises ValueError with a message for the
      user.
    - ``leads_credential``: the option decides where the credentials are sent, or what they are
      used for. Changing it drops the credentials, as changing the URL does.
    - ``choices``: (value, label) pairs; the first is the default.
    """

    name: str
    label: str
    help: str
    is_required: bool = False
    is_list: bool = False
    leads_credential: bool = False
    check: Callable[[str], str] = field(default=as_name, repr=False)
    choices: tuple[tuple[str, str], ...] = ()


def normal_options(
    values: Any, declared: tuple[ConnectionOption, ...]
) -> dict[str, str | list[str]]:
    """Return the options as they are stored, without empty values.

    Raise ValueError with a message for the user that names the option.
    """
    if not isinstance(values, Mapping):
        raise ValueError("Enter the options as names and values")
    known = {option.name: option for option in declared}
    for name in values:
        if name not in known:
            allowed = ", ".join(sorted(known)) or "none"
            raise ValueError(f"Unknown option {ascii(name)[:60]}; this product has: {allowed}")
    normal: dict[str, str | list[str]] = {}
    for option in declared:
        value = _normal(values.get(option.name), option)
        if value:
            normal[option.name] = value
        elif option.is_required:
            raise ValueError(f"{option.name}: required by this product. {option.help}")
    return normal


def _normal(value: Any, option: ConnectionOption) -> str | list[str]:
    if value is None:
        return ""
    if option.is_list:
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise ValueError(f"{option.name}: must be a list of strings")
        if len(value) > MAX_VALUES:
            raise ValueError(f"{option.name}: at most {MAX_VALUES} values")
        return list(dict.fromkeys(_checked(one, option) for one in value if one.strip()))
    if not isinstance(value, str):
        raise ValueError(f"{option.name}: must be a string")
    return _checked(value, option) if value.strip() else ""


def _checked(text: str, option: ConnectionOption) -> str:
    text = text.strip()
    if len(text) > MAX_VALUE_LENGTH:
        raise ValueError(f"{option.name}: at most {MAX_VALUE_LENGTH} characters")
    if option.choices:
        if text not in {value for value, _ in option.choices}:
            allowed = ", ".join(value for value, _ in option.choices)
            raise ValueError(f"{option.name}: {ascii(text)[:60]} is not one of: {allowed}")
        return text
    try:
        return option.check(text)
    except ValueError as error:
        raise ValueError(f"{option.name}: {error}") from None
