"""What a product must be told of a connection beside its URL, and what it may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registries.transport.origin import Origin

OptionValue = str | tuple[str, ...]

VALUES_MOST = 500
# As long as any name of AWS.
VALUE_LONGEST = 2048
_LONGEST = 255
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:+@ -]*[A-Za-z0-9._:+@-])?")
_PATH = re.compile(rf"{_NAME.pattern}(?:/{_NAME.pattern})*")
# No segment of it is "." or "..".
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")


def as_name(text: str) -> str:
    """One name, such as that of an organisation. Raise ValueError, worded for a person."""
    if len(text) > _LONGEST or _NAME.fullmatch(text) is None:
        raise ValueError(f"{ascii(text)[:60]} is not a name")
    return text


def as_path(text: str) -> str:
    """Names with slashes between them, such as those of nested groups."""
    text = text.strip("/")
    if len(text) > _LONGEST or _PATH.fullmatch(text) is None:
        raise ValueError(f"{ascii(text)[:60]} is not a name, nor a path of names")
    return text


def as_origin(text: str) -> str:
    """The address of an API: ``https://host`` or ``https://host:port``."""
    text = text.rstrip("/")
    return str(Origin.parse(text if "://" in text else f"https://{text}"))


def api_base(text: str) -> tuple[Origin, str]:
    """Host and path of an API that may begin below its host: ``https://host/api/v3``."""
    text = text.rstrip("/")
    scheme, separator, rest = text.rpartition("://")
    host, slash, path = rest.partition("/")
    if slash and _PLAIN_PATH.fullmatch(path) is None:
        raise ValueError("write its path in plain letters and digits, as in https://host/api/v3")
    origin = Origin.parse(f"{scheme}{separator}{host}" if separator else f"https://{host}")
    return origin, f"{slash}{path}"


def as_api_base(text: str) -> str:
    origin, path = api_base(text)
    return f"{origin}{path}"


@dataclass(frozen=True, slots=True)
class ConnectionOption:
    """One more thing to be told, such as a namespace.

    ``check`` gives the normal form of one value, or raises ValueError, worded for a person.
    ``leads_credential``: the credential goes where this says, or is used for what it says;
    so changing it drops the credential, as changing the URL does. ``choices`` are
    (value, label); the first is what holds where nothing is given.
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
    """``values`` as they are stored: what is empty is left out.

    Raise ValueError, worded for a person, that names the option.
    """
    if not isinstance(values, Mapping):
        raise ValueError("Give the options as names and values")
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
            raise ValueError(f"{option.name}: this product needs it. {option.help}")
    return normal


def _normal(value: Any, option: ConnectionOption) -> str | list[str]:
    if value is None:
        return ""
    if option.is_list:
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise ValueError(f"{option.name}: give a list of texts")
        if len(value) > VALUES_MOST:
            raise ValueError(f"{option.name}: at most {VALUES_MOST}")
        return list(dict.fromkeys(_checked(one, option) for one in value if one.strip()))
    if not isinstance(value, str):
        raise ValueError(f"{option.name}: give a text")
    return _checked(value, option) if value.strip() else ""


def _checked(text: str, option: ConnectionOption) -> str:
    text = text.strip()
    if len(text) > VALUE_LONGEST:
        raise ValueError(f"{option.name}: at most {VALUE_LONGEST} characters")
    if option.choices:
        if text not in {value for value, _ in option.choices}:
            allowed = ", ".join(value for value, _ in option.choices)
            raise ValueError(f"{option.name}: {ascii(text)[:60]} is none of: {allowed}")
        return text
    try:
        return option.check(text)
    except ValueError as error:
        raise ValueError(f"{option.name}: {error}") from None
