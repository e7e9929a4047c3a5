"""The Celery application; its settings are the CELERY_* names of harborguard.settings."""

import os

# A worker that is told to stop gives its run back to the queue at once: a sync may last longer
# than anybody waits for a process to end. Billiard reads this when it is first imported.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harborguard.settings")

from celery import Celery

app = Celery("harborguard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
