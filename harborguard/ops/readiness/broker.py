from __future__ import annotations

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from harborguard.ops.readiness.outcome import NotReady, Outcome, passed

_SECONDS = 1


def broker() -> Outcome:
    """Open a channel: to Redis, that sends a PING."""
    options = {
        **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        "socket_timeout": _SECONDS,
        "socket_connect_timeout": _SECONDS,
    }
    try:
        with current_app.connection_for_write(transport_options=options) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=_SECONDS)
            connection.default_channel  # noqa: B018  opened by being read
    except (OperationalError, OSError) as error:
        raise NotReady("The broker does not answer: syncs wait until it does") from error
    return passed("It answers")
