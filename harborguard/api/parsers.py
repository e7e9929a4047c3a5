"""Parse JSON bodies within bounds: they are untrusted."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from harborguard.api.refusals import TooLarge


class BoundedJSONParser(BaseParser):
    """Parses at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes of UTF-8; refuses NaN and duplicate
    members."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    @property
    def most(self) -> int:
        most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return most

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(self.most + 1)
        if len(body) > self.most:
            raise TooLarge(self.most)
        try:
            return json.loads(
                body.decode("utf-8"),
                parse_constant=_refuse,
                parse_float=_finite,
                object_pairs_hook=_each_name_once,
            )
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from None


class NothingParser(BoundedJSONParser):
    """Parses the body of a request without content: room for ``{}`` and a misspelled field or
    two."""

    most = 1024


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant[:20]} is not a number that JSON allows")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has a duplicate member")
    return found
