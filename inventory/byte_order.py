"""Text in the order of its bytes, whatever the database's collation, as indexes with the operator
class ``varchar_pattern_ops`` have it: so the texts that begin alike stand together in them.

SQLite compares bytes anyway.
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
            # Django asks for the word: it tells what is ordered from how.
            kwargs["template"] = "%(expression)s USING ~<~ /* ASC */"
        return super().as_sql(compiler, connection, *args, **kwargs)


def begins(column: str, prefix: str) -> Q:
    """Of text that is ASCII throughout, as tags and digests are."""
    if not prefix:
        return Q()
    beyond = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return Q((f"{column}__bytes_gte", prefix), (f"{column}__bytes_lt", beyond))


def _is_postgresql(connection: Any) -> bool:
    return bool(connection.vendor == "postgresql")
