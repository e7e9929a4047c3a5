from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext
from pytest_django.live_server_helper import LiveServer

from harborguard.access.models import Role
from tests.pages import signed_in

SignIn = Callable[[BrowserContext, Role], None]


@pytest.fixture
def sign_in(live_server: LiveServer) -> SignIn:
    """Give a browser the session of a person who has the role."""

    def give(context: BrowserContext, role: Role) -> None:
        session = signed_in(role).cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )

    return give
