from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from harborguard.clock import Now


class Sweep(models.Model):
    """The time of the last complete tick. The one row starts as the time of its migration, so that
    an installation whose tick has never run is late too."""

    swept_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="one_sweep_is_remembered"),
        ]

    def __str__(self) -> str:
        return f"swept at {self.swept_at}"

    @staticmethod
    def record() -> None:
        Sweep.objects.bulk_create(
            [Sweep(pk=1, swept_at=Now())],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["swept_at"],
        )
