"""Ignore ``Accept``: each view has one format, and its errors another.

RFC 9110 allows a server to ignore that header. Refusing it would be the first answer a caller gets,
before being told to sign in, even one that accepts the format of errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class OnlyOneForm(DefaultContentNegotiation):
    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: Any = None
    ) -> tuple[BaseRenderer, str]:
        only = next(iter(renderers))
        return only, str(only.media_type)
