"""The composition root: wires the apps together and decides nothing itself."""

from harborguard.celery import app as celery_app

__all__ = ["celery_app"]

__version__ = "0.1.0"
