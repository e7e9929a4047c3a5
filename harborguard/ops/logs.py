"""Log lines: JSON for log collectors, or plain lines for people.

Untrusted text never ends a line and never reaches a terminal as a control sequence.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from structlog.contextvars import merge_contextvars
from structlog.processors import EventRenamer, JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, WrappedLogger

from harborguard.web.secret_paths import without_secrets
from registries.transport.printable import printable

# Stable names, documented in docs/operations.md.
CONTEXT = ("request_id", "run_id", "registry_id")
REQUEST = ("method", "path", "status", "milliseconds", "user_id", "key_id", "address")
RUN = ("state", "error_code")
_FIELDS = ("timestamp", "level", "logger", "message", *CONTEXT, *RUN, *REQUEST, "exception")
_LONGEST_TEXT = 4_000
_LONGEST_EXCEPTION = 20_000
_INDENT = "    "


def configuration(*, form: str, level: str) -> dict[str, Any]:
    """Return Django's LOGGING, for web, workers and beat."""
    formatters = {"json": json_formatter, "line": LineFormatter}
    if form not in formatters:
        raise ImproperlyConfigured(
            f"HARBORGUARD_LOG_FORMAT is {form[:20]!r}. Set it to json or line"
        )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {form: {"()": formatters[form]}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "loggers": {
            # Anybody can send a wrong Host header, and would fill the log.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # harborguard.request already logs refused requests.
            "django.request": {"level": "ERROR"},
            # It has a handler and a format of its own.
            "gunicorn.error": {"handlers": [], "propagate": True},
        },
        "root": {"handlers": ["stderr"], "level": level},
    }


def json_formatter() -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=[
            merge_contextvars,
            add_logger_name,
            add_log_level,
            ExtraAdder(allow=(*RUN, *REQUEST)),
            TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            format_exc_info,
            EventRenamer("message"),
            _in_order_and_cut,
            JSONRenderer(),
        ],
        use_get_message=True,
    )


class LineFormatter(logging.Formatter):
    """One line per event. The lines of an exception follow it, indented, so that none looks like an
    event."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        return printable(without_secrets(super().formatMessage(record)), _LONGEST_TEXT)

    def formatException(self, ei: Any) -> str:  # noqa: N802  logging's name
        text = _end_of(without_secrets(super().formatException(ei)))
        return "\n".join(_INDENT + printable(line, _LONGEST_TEXT) for line in text.split("\n"))


def _in_order_and_cut(logger: WrappedLogger, method: str, event: EventDict) -> Mapping[str, Any]:
    return {name: _cut(name, event[name]) for name in _FIELDS if event.get(name) is not None}


def _cut(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    value = without_secrets(value)
    if name == "exception":
        return _end_of(value)
    return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}..."


def _end_of(trace: str) -> str:
    """Return the last line of a traceback, which says what went wrong."""
    return trace if len(trace) <= _LONGEST_EXCEPTION else f"...{trace[-_LONGEST_EXCEPTION:]}"
