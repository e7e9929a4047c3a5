"""Parsing of search queries. Pure.

A word is part of a repository's name, or the beginning of a tag or digest. Text that looks like a
reference is split as `docker pull` splits it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from inventory.kind import Kind

_REFERENCE_PREFIX = re.compile(r"(?:docker pull |docker://|oci://|https?://)+")
_DIGEST = re.compile(r"(sha256|sha512):([0-9a-f]*)", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{4,128}", re.IGNORECASE)
_TAG_PREFIX = re.compile(r"[A-Za-z0-9_.-]{0,128}")
# Fewer digits match so many digests that the filters would have to be applied to all of them.
_MIN_DIGITS = 2
_COMPANIONS = ("sha256-", "sha512-")


@dataclass(frozen=True, slots=True)
class Terms:
    """The parts of a query; None if a part is not searched for.

    ``repository`` is part of a name, ``tag`` and ``digest`` are prefixes. All have to match, or
    any of them if ``is_word``. ``host`` is a registry's host, or the first part of a name.
    """

    repository: str | None = None
    tag: str | None = None
    digest: str | None = None
    host: str = ""
    is_word: bool = False
    is_too_short: bool = False

    def __bool__(self) -> bool:
        return any(part is not None for part in (self.repository, self.tag, self.digest))

    @property
    def can_match_images(self) -> bool:
        """False if no tag or digest can match."""
        if self.is_word and self.tag is None and self.digest is None:
            return False
        return not self.is_too_short and _TAG_PREFIX.fullmatch(self.tag or "") is not None


def parse_terms(text: str) -> Terms:
    text = _REFERENCE_PREFIX.sub("", text.strip(), count=1).strip()
    if not text:
        return Terms()
    if _DIGEST.fullmatch(text):
        return _parse_digest(Terms(), text)
    if not {"/", ":", "@"} & set(text):
        return _parse_word(text)
    return _parse_reference(text)


def tag_prefixes(prefix: str, kind: str) -> list[str]:
    """Return the prefixes of tags of a kind, narrowed to ``prefix``; any tag may be an image."""
    if kind in {"", Kind.IMAGE}:
        return [prefix]
    if prefix.startswith(_COMPANIONS):
        return [prefix]
    return [companion for companion in _COMPANIONS if companion.startswith(prefix)]


def _parse_word(text: str) -> Terms:
    return Terms(
        repository=text.lower(),
        tag=text if _TAG_PREFIX.fullmatch(text) else None,
        digest=f"sha256:{text.lower()}" if _HEX.fullmatch(text) else None,
        is_word=True,
    )


def _parse_reference(text: str) -> Terms:
    name, at, digest = text.partition("@")
    path, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    name = f"{path}{slash}{last}".strip("/").lower()
    first, slash, rest = name.partition("/")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    terms = Terms(
        repository=(rest if is_host else name) or None,
        tag=tag if colon else None,
        host=first if is_host else "",
    )
    # A digest identifies the image; the tag in front of it may have moved since.
    return _parse_digest(terms, digest) if at and digest else terms


def _parse_digest(terms: Terms, text: str) -> Terms:
    match = _DIGEST.fullmatch(text)
    return Terms(
        repository=terms.repository,
        digest=text.lower(),
        host=terms.host,
        is_too_short=match is None or len(match[2]) < _MIN_DIGITS,
    )
