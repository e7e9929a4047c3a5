"""Django's error reports, shown with DEBUG, without values.

Any value may be a secret or contain one: input travels through many frames. Types are shown, which
usually suffice.
"""

from __future__ import annotations

import re
from collections.abc import ItemsView
from types import FrameType

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class WithoutValues(SafeExceptionReporterFilter):
    # The broker's URL may contain its password.
    hidden_settings = re.compile("API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|BROKER", re.I)

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, str]:
        return dict.fromkeys(request.POST if request else (), self.cleansed_substitute)

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, str]:
        return {name: type(value).__name__ for name, value in tb_frame.f_locals.items()}.items()
