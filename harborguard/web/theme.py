"""The theme: light, dark, or the system's. A cookie stores it, so that it needs no script."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

COOKIE = "harborguard-theme"
THEMES = ("light", "dark")
_A_YEAR = 365 * 24 * 60 * 60


def theme_of(request: HttpRequest) -> str:
    """Return the theme, or "" for the system's."""
    kept = request.COOKIES.get(COOKIE, "")
    return kept if kept in THEMES else ""


def theme(request: HttpRequest) -> dict[str, Any]:
    """Add the theme to the template context."""
    return {"theme": theme_of(request)}


def choose_theme(request: HttpRequest) -> HttpResponse:
    response = redirect(_page_before(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=_A_YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response


def _page_before(request: HttpRequest) -> str:
    """Return the previous page by the browser's header: a parameter could hold any input."""
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return page if is_ours else settings.LOGIN_REDIRECT_URL
