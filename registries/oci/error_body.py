"""What a registry says about an error: ``{"errors": [{"code": ..., "message": ...}]}``.

distribution-spec, "Error Codes". Any other body is allowed too, so everything here is a guess
that must not fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from requests import Response

from registries.errors import MalformedResponse
from registries.oci.json_object import json_object
from registries.transport.printable import printable

API_VERSION_HEADER = "Docker-Distribution-Api-Version"

# Not in the specification, but the not found of Harbor and of Quay.
_GONE = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NOT_FOUND", "TAG_EXPIRED"})


@dataclass(frozen=True, slots=True)
class ErrorBody:
    codes: tuple[str, ...] = ()
    message: str = ""

    @classmethod
    def of(cls, response: Response) -> ErrorBody:
        try:
            document = json_object(response, "")
        except MalformedResponse:
            return cls()
        errors = [error for error in _list(document.get("errors")) if isinstance(error, dict)]
        codes = tuple(code for error in errors if isinstance(code := error.get("code"), str))
        for source in (*errors, document):
            for key in ("message", "detail", "details"):
                if isinstance(text := source.get(key), str) and text:
                    return cls(codes, printable(text))
        return cls(codes)

    def __str__(self) -> str:
        """To be put after a message: empty, or the registry's own words in brackets."""
        words = ": ".join(
            part
            for part in (printable(self.codes[0], 50) if self.codes else "", self.message)
            if part
        )
        return f" ({words})" if words else ""


def is_own_not_found(response: Response) -> bool:
    """Whether a 404 is the registry's own word, and not that of a proxy or a login page.

    Only the registry's own may ever remove an image from the inventory.
    """
    if response.status_code != 404:
        return False
    if not response.content:
        return response.headers.get(API_VERSION_HEADER, "").startswith("registry/")
    return bool(_GONE.intersection(ErrorBody.of(response).codes))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
