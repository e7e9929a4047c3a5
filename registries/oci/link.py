"""``Link``, RFC 8288 section 3: where the next page of a listing is.

Read token by token. What cannot be read is an error: to take it for "no next page" would be
to take a part of a listing for the whole.
"""

from __future__ import annotations

import re

MAX_LENGTH = 16 * 1024

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TARGET = re.compile(r"<([^<>]*)>")
# A value that is no token is not quoted by everybody who should.
_PARAMETER = re.compile(
    rf'[ \t]*;[ \t]*(?:(?P<name>{_NAME})[ \t]*(?:=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"'
    r'|(?P<plain>[^\s,;"<>\\]+)))?)?(?=[ \t]*(?:[,;]|$))'
)
_SEPARATORS = re.compile(r"[ \t]*(?:,[ \t]*|$)(?:,[ \t]*)*")
_ESCAPE = re.compile(r"\\(.)")


def next_target(header: str) -> str | None:
    """The target of the first link to a next page; raise ValueError if it cannot be read.

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
    """Of a link's parameters, up to their end; a second ``rel`` says nothing."""
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
