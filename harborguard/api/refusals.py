"""Errors of the API for which REST framework has no class."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import APIException


class Refusal(APIException):
    """A problem of our own. ``members`` are added to its body; ``wait`` becomes Retry-After."""

    def __init__(
        self, status: int, code: str, detail: str, *, wait: float | None = None, **members: Any
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.wait = wait
        self.members = members


class TooLarge(Refusal):
    def __init__(self, most: int) -> None:
        super().__init__(413, "too_large", f"The body is larger than {most // 1024} KiB.")
