"""Let days pass within a second: move every recorded time into the past.

So whatever depends on age (when a registry is due, which pushes must wait) behaves as it would.
Only the demo's database may be changed so. The audit trail stays as it is: nobody can change it.
"""

from __future__ import annotations

from datetime import timedelta

from django.apps import apps
from django.db import models, transaction
from django.db.models import F

from sync.models import Sweep

_APPLICATIONS = ("registries", "inventory", "sync")
# The time of the last tick is not part of the story.
_NOT_OF_THE_STORY = (Sweep,)


@transaction.atomic
def let_pass(span: timedelta) -> None:
    for label in _APPLICATIONS:
        for model in apps.get_app_config(label).get_models():
            times = [
                field.name
                for field in model._meta.concrete_fields
                if isinstance(field, models.DateTimeField)
            ]
            if times and not issubclass(model, _NOT_OF_THE_STORY):
                rows = model._default_manager.order_by()
                rows.update(**{name: F(name) - span for name in times})
