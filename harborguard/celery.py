"""The Celery application; its settings are the CELERY_* names of harborguard.settings."""

import os
from logging.config import dictConfig
from typing import Any

# A worker that is stopped returns its run to the queue at once: a sync may last longer than anybody
# waits for a process to end. Billiard reads this when it is first imported.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harborguard.settings")

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

app = Celery("harborguard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator]
def configure_logs(**_: Any) -> None:
    """Configure logging as everywhere, instead of Celery's own."""
    dictConfig(settings.LOGGING)
