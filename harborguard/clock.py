"""The database's clock, which all processes share."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now as DjangoNow


class Now(DjangoNow):
    """The current time. On SQLite, where times are compared as text, it is written as Django writes
    a ``datetime``.

    Django's own has three digits where a value has six, and a row would not be found by its own
    time.
    """

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        precise = "STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW') || '000'"
        template = f"REPLACE({precise}, '.000000', '')"
        return self.as_sql(compiler, connection, template=template, **context)
