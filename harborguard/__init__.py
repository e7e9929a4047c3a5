"""The composition root: wires the applications together and contains no rules of its own."""

from harborguard.celery import app as celery_app

__all__ = ["celery_app"]
