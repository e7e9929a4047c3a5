"""The page that says a limit is reached."""

from __future__ import annotations

import math

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from harborguard.access.limit_store import Verdict


def too_many_requests(request: HttpRequest, verdict: Verdict, reason: str) -> HttpResponse:
    seconds = verdict.retry_after_seconds
    context = {"reason": reason, "seconds": seconds, "minutes": math.ceil(seconds / 60)}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
