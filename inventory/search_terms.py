"""What somebody looks for, as they typed or pasted it. Pure: text in, values out.

A word is the part of a repository's name, or how a tag or a digest begins; what looks like a
reference is taken apart as `docker pull` would.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from inventory.kind import Kind

_BEFORE_A_REFERENCE = re.compile(r"(?:docker pull |docker://|oci://|https?://)+")
_DIGEST = re.compile(r"(sha256|sha512):([0-9a-f]*)", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{4,128}", re.IGNORECASE)
_IN_A_TAG = re.compile(r"[A-Za-z0-9_.-]{0,128}")
# Fewer digits fit so many digests that the filters would have to be tried on all of them.
_FEWEST_DIGITS = 2
_COMPANIONS = ("sha256-", "sha512-")


@dataclass(frozen=True, slots=True)
class Terms:
    """``tag`` and ``digest`` are how these begin, ``repository`` is a part of a name; None is not
    looked for. ``is_word``: one of them has to fit, else each that is there.

    ``host`` may be a registry's, or the first part of the name.
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
    def can_be_of_images(self) -> bool:
        """False where no tag and no digest is ever written like that."""
        if self.is_word and self.tag is None and self.digest is None:
            return False
        return not self.is_too_short and _IN_A_TAG.fullmatch(self.tag or "") is not None


def terms_of(text: str) -> Terms:
    text = _BEFORE_A_REFERENCE.sub("", text.strip(), count=1).strip()
    if not text:
        return Terms()
    if _DIGEST.fullmatch(text):
        return _of_digest(Terms(), text)
    if not {"/", ":", "@"} & set(text):
        return _of_word(text)
    return _of_reference(text)


def tag_prefixes(prefix: str, kind: str) -> list[str]:
    """How tags of a kind begin that begin so: only images have tags of any form."""
    if kind in {"", Kind.IMAGE}:
        return [prefix]
    if prefix.startswith(_COMPANIONS):
        return [prefix]
    return [companion for companion in _COMPANIONS if companion.startswith(prefix)]


def _of_word(text: str) -> Terms:
    return Terms(
        repository=text.lower(),
        tag=text if _IN_A_TAG.fullmatch(text) else None,
        digest=f"sha256:{text.lower()}" if _HEX.fullmatch(text) else None,
        is_word=True,
    )


def _of_reference(text: str) -> Terms:
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
    # A digest says which image it is: the tag that stands before it may have moved on.
    return _of_digest(terms, digest) if at and digest else terms


def _of_digest(terms: Terms, text: str) -> Terms:
    match = _DIGEST.fullmatch(text)
    return Terms(
        repository=terms.repository,
        digest=text.lower(),
        host=terms.host,
        is_too_short=match is None or len(match[2]) < _FEWEST_DIGITS,
    )
