"""Parse ``WWW-Authenticate`` (RFC 7235, section 4.1): which scheme a registry requires.

A header may hold several challenges, separated by the same comma as their parameters, and quoted
strings may contain commas. So it is parsed token by token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from registries.errors import ChallengeInvalid

MAX_LENGTH = 8 * 1024

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_SEPARATORS = re.compile(r"[ \t]*(?:,[ \t]*)*")
_END = re.compile(r"[ \t]*(?=,|$)")
_PARAMETER = re.compile(
    rf"(?P<name>{_NAME})[ \t]*=[ \t]*(?:(?P<quoted>{_QUOTED})|(?P<plain>{_NAME}))"
)
_SCHEME = re.compile(rf"(?P<scheme>{_NAME})(?=[ \t,]|$)")
_TOKEN68 = re.compile(r"[ \t]+[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))")
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge, with scheme and parameter names in lower case."""

    scheme: str
    parameters: dict[str, str] = field(default_factory=dict)


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Parse one or several ``WWW-Authenticate`` headers, joined by a comma."""
    if len(header) > MAX_LENGTH:
        raise ChallengeInvalid("Challenge invalid: the WWW-Authenticate header is too long")
    challenges: list[Challenge] = []
    position = _after(_SEPARATORS, header, 0)
    while position < len(header):
        if parameter := _PARAMETER.match(header, position):
            position = _add(parameter, challenges)
        elif scheme := _SCHEME.match(header, position):
            challenges.append(Challenge(scheme["scheme"].lower()))
            position = _after_scheme(header, scheme.end())
        else:
            raise _invalid()
        position = _after(_SEPARATORS, header, position)
    if not challenges:
        raise ChallengeInvalid("Challenge invalid: it names no authentication scheme")
    return tuple(challenges)


def _add(match: re.Match[str], challenges: list[Challenge]) -> int:
    name = match["name"].lower()
    if not challenges or name in challenges[-1].parameters:
        raise _invalid()
    quoted = match["quoted"]
    value = match["plain"] if quoted is None else _ESCAPE.sub(r"\1", quoted[1:-1])
    challenges[-1].parameters[name] = value
    if _END.match(match.string, match.end()) is None:
        raise _invalid()
    return match.end()


def _after_scheme(header: str, position: int) -> int:
    """Skip a token68 (as in Negotiate), which would look like the next scheme."""
    if _PARAMETER.match(header, _after(_SEPARATORS, header, position)):
        return position
    return _after(_TOKEN68, header, position)


def _after(pattern: re.Pattern[str], header: str, position: int) -> int:
    match = pattern.match(header, position)
    return match.end() if match else position


def _invalid() -> ChallengeInvalid:
    return ChallengeInvalid("Challenge invalid: the WWW-Authenticate header cannot be parsed")
