"""Each view answers in one form, and its errors in another: ``Accept`` changes neither.

RFC 9110 lets a server leave that header aside. To refuse it would be the first thing that a
caller hears, before being told to sign in, and even one who accepts what errors are written in.
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
