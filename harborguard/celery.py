"""The Celery application; its settings are the CELERY_* names of harborguard.settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harborguard.settings")

app = Celery("harborguard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
