"""Parse ``Link`` (RFC 8288, section 3): where the next page of a listing is.

A link that cannot be parsed is an error: to take it for "no next page" would take a part of a
listing for the whole.
"""

from __future__ import annotations

import re

MAX_LENGTH = 16 * 1024

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TARGET = re.compile(r"<([^<>]*)>")
# Some servers do not quote values that should be.
_PARAMETER = re.compile(
    rf'[ \t]*;[ \t]*(?:(?P<name>{_NAME})[ \t]*(?:=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"'
    r'|(?P<plain>[^\s,;"<>\\]+)))?)?(?=[ \t]*(?:[,;]|$))'
)
_SEPARATORS = re.compile(r"[ \t]*(?:,[ \t]*|$)(?:,[ \t]*)*")
_ESCAPE = re.compile(r"\\(.)")


def next_target(header: str) -> str | None:
    """Return the target of the first link to a next page. Raise ValueError.

    ``header`` may be several ``Link`` headers, joined by a comma.
    """
    if len(header) > MAX_LENGTH:
        raise ValueError("too long")
    text = header.strip(" \t,")
    found: str | None = None
    position = 0
    while position < len(text):
        target = _match(_TARGET, text, position)
        relations, position = _relations(text, target.end())
        if found is None and "next" in relations:
            found = target[1]
        position = _match(_SEPARATORS, text, position).end()
    return found


def _relations(text: str, position: int) -> tuple[list[str], int]:
    """Return the relations of a link; a second ``rel`` is ignored."""
    relations: list[str] | None = None
    while parameter := _PARAMETER.match(text, position):
        position = parameter.end()
        if relations is None and (parameter["name"] or "").lower() == "rel":
            relations = _value(parameter).lower().split()
    return relations or [], position


def _value(parameter: re.Match[str]) -> str:
    if parameter["quoted"] is not None:
        return _ESCAPE.sub(r"\1", parameter["quoted"])
    return parameter["plain"] or ""


def _match(pattern: re.Pattern[str], text: str, position: int) -> re.Match[str]:
    match = pattern.match(text, position)
    if match is None:
        raise ValueError("not a link")
    return match
