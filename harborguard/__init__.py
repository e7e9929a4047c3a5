"""The composition root: wires the apps together and decides nothing itself."""

from harborguard.celery import app as celery_app

__all__ = ["celery_app"]
