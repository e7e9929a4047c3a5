"""What a page's button does is asked for by POST alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

View = Callable[[HttpRequest, int], HttpResponse]


def post_only(view: View) -> View:
    """A GET does nothing and leads to the registry: whoever pressed the button after the session
    had ended comes here from the login."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            return redirect("registry-detail", pk)
        return view(request, pk)

    return guarded
