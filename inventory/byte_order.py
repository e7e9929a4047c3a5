"""Lookups and ordering of text by bytes, whatever the collation of the database.

This is the order of indexes with the operator class ``varchar_pattern_ops``, in which texts with
the same prefix are adjacent. SQLite always compares bytes.
"""

from __future__ import annotations

from typing import Any

from django.db.models import OrderBy, Q
from django.db.models.lookups import BuiltinLookup


class _ByteComparison(BuiltinLookup):
    operator: str

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return f"{f'~{self.operator}~' if _is_postgresql(connection) else self.operator} {rhs}"


class BytesFrom(_ByteComparison):
    lookup_name = "bytes_gte"
    operator = ">="


class BytesAfter(_ByteComparison):
    lookup_name = "bytes_gt"
    operator = ">"


class BytesUpTo(_ByteComparison):
    lookup_name = "bytes_lte"
    operator = "<="


class BytesBefore(_ByteComparison):
    lookup_name = "bytes_lt"
    operator = "<"


LOOKUPS = (BytesFrom, BytesAfter, BytesUpTo, BytesBefore)


class ByBytes(OrderBy):
    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        if _is_postgresql(connection):
            # Django splits the template at ASC or DESC, so one of them has to be in it.
            kwargs["template"] = "%(expression)s USING ~<~ /* ASC */"
        return super().as_sql(compiler, connection, *args, **kwargs)


def starts_with(column: str, prefix: str) -> Q:
    """Match an ASCII prefix; tags and digests are ASCII."""
    if not prefix:
        return Q()
    beyond = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return Q((f"{column}__bytes_gte", prefix), (f"{column}__bytes_lt", beyond))


def _is_postgresql(connection: Any) -> bool:
    return bool(connection.vendor == "postgresql")
