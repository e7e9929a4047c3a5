"""Apply the limits of the permissions table, for the API and for pages.

A limit is per user: pages and all keys count together, so that more keys do not allow more, and one
key never has more than its user.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from harborguard.access import limits
from harborguard.access.limit_store import Verdict
from harborguard.access.permissions import rule_for

if TYPE_CHECKING:  # the settings import this module while they are loaded
    from rest_framework.views import APIView


class RouteLimit(BaseThrottle):
    """REST framework's throttle: a new one for each request."""

    def __init__(self) -> None:
        self._verdict = Verdict(allowed=True)

    def allow_request(self, request: Request, view: APIView) -> bool:
        match = request.resolver_match
        rule = rule_for(match.view_name, request.method or "") if match else None
        if rule is not None and rule.limit:
            self._verdict = _hit(request, rule.limit)
        return self._verdict.allowed

    def wait(self) -> float:
        return self._verdict.retry_after_seconds


def check(request: HttpRequest, limit: str) -> HttpResponse | None:
    """Return the response for a page whose user has reached the limit, or None."""
    verdict = _hit(request, limit)
    if verdict.allowed:
        return None
    return too_many_requests(request, verdict, "Too many requests of this kind.")


def too_many_requests(request: HttpRequest, verdict: Verdict, reason: str) -> HttpResponse:
    """Return the page that says a limit is reached."""
    seconds = verdict.retry_after_seconds
    context = {"reason": reason, "seconds": seconds, "minutes": math.ceil(seconds / 60)}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _hit(request: HttpRequest | Request, limit: str) -> Verdict:
    return limits.hit(limit, f"user:{request.user.pk}")
