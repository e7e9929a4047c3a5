"""``/readyz``: whether this installation can work. Public, so it names nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from harborguard.api.problems import problem_page
from harborguard.ops.readiness.broker import broker
from harborguard.ops.readiness.credential_keys import credential_keys
from harborguard.ops.readiness.database import database
from harborguard.ops.readiness.migrations import migrations
from harborguard.ops.readiness.outcome import Outcome
from harborguard.ops.readiness.probe import Check, Probe
from harborguard.ops.readiness.queue import queue
from harborguard.ops.readiness.sweep import sweep

_SECONDS = 2.0
_OF_THE_DATABASE: Mapping[str, Check] = {
    "database": database,
    "migrations": migrations,
    "credentialKeys": credential_keys,
    "queue": queue,
    "sweep": sweep,
}
_PROBES = (Probe(_OF_THE_DATABASE), Probe({"broker": broker}))
_NAMES = [name for probe in _PROBES for name in probe.checks]


@csrf_exempt
def readyz(request: HttpRequest) -> JsonResponse:
    """Return the readiness. ``?exclude=broker&exclude=queue`` skips checks, as in the Kubernetes
    API server."""
    excluded = set(request.GET.getlist("exclude"))
    if excluded - set(_NAMES) or request.GET.keys() - {"exclude"}:
        detail = f"The only parameter is exclude, with the name of a check: {', '.join(_NAMES)}."
        return problem_page(request, 400, "unknown_check", detail)
    outcomes = _outcomes([name for name in _NAMES if name not in excluded])
    ready = all(outcome.passed for outcome in outcomes.values())
    body = {
        "status": "ready" if ready else "unready",
        "checks": {name: outcome.as_json() for name, outcome in outcomes.items()},
    }
    return JsonResponse(body, status=200 if ready else 503)


def _outcomes(names: list[str]) -> dict[str, Outcome]:
    """Run all probes at once, with one deadline."""
    deadline = time.monotonic() + _SECONDS
    rounds = [probe.begin() for probe in _PROBES if not probe.checks.keys().isdisjoint(names)]
    found = {
        name: outcome for one in rounds for name, outcome in one.outcomes(until=deadline).items()
    }
    return {name: found[name] for name in names}
