"""The services of an installation on one machine, as commands."""

from __future__ import annotations

import socket
import sys

from django.conf import settings

from harborguard.embedded import broker as embedded_broker
from harborguard.embedded.launcher.service import Service

_CELERY = (
    sys.executable,
    # Celery warns superusers because of pickle; messages here are JSON.
    *("-W", "ignore:You're running the worker with superuser"),
    *("-W", "ignore::PendingDeprecationWarning"),
    *("-m", "celery", "--quiet", "-A", "harborguard"),
)


def broker() -> Service | None:
    """Return the broker, or None where REDIS_URL names one or the platform has no server."""
    if embedded_broker.url(settings.DATA_DIR) != settings.CELERY_BROKER_URL:
        return None
    if not embedded_broker.has_server():
        return None
    return Service(
        "broker",
        embedded_broker.command(settings.DATA_DIR),
        noise=("Memory overcommit", "scheduling shutdown", "ready to exit"),
        ends_last=True,
    )


def web(listener: socket.socket) -> Service:
    descriptor = listener.fileno()
    return Service(
        "web",
        [
            *(sys.executable, "-m", "gunicorn", "harborguard.wsgi"),
            *("--bind", f"fd://{descriptor}", "--workers", "1", "--threads", "8"),
            *("--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"),
            *("--config", "python:harborguard.web.gunicorn"),
        ],
        inherits=(descriptor,),
    )


def worker() -> Service:
    return Service(
        "worker",
        [
            *_CELERY,
            "worker",
            # There are no other workers, and greeting them takes a second.
            *("--hostname", "worker@%h", "--without-gossip", "--without-mingle"),
            *("--queues", "sync"),
        ],
        # Celery prints a traceback when it is interrupted.
        ends_quietly=True,
        after_kill="The next worker takes over its sync when the lease of "
        f"{settings.SYNC_LEASE_SECONDS} s has expired",
    )


def tick() -> Service:
    """A worker for the tick alone, which must not wait behind syncs that last for hours."""
    return Service(
        "tick",
        [
            *_CELERY,
            "worker",
            *("--hostname", "tick@%h", "--without-gossip", "--without-mingle"),
            *("--pool", "solo", "--queues", "tick"),
        ],
        ends_quietly=True,
    )


def pushes() -> Service:
    """Workers for webhooks: pushes are read immediately, whatever syncs are running."""
    return Service(
        "pushes",
        [
            *_CELERY,
            "worker",
            *("--hostname", "pushes@%h", "--without-gossip", "--without-mingle"),
            *("--queues", "push"),
        ],
        ends_quietly=True,
    )


def beat() -> Service:
    return Service("beat", [*_CELERY, "beat"], ends_quietly=True)
