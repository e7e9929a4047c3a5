"""Query plans of lists, which reveal a missing index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection
from django.test import Client

Query = tuple[str, Any]


def plans(path: str, headers: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield every query of a response with its executed plan."""
    queries: list[Query] = []
    with connection.execute_wrapper(_note_in(queries)):
        response = Client().get(path, headers=headers, SERVER_NAME="localhost")
    if response.status_code != 200:
        raise SystemExit(f"{path}: {response.status_code} {response.content[:500]!r}")
    for sql, parameters in queries:
        if sql.startswith("SELECT"):
            yield f"{sql}\n-- {parameters}", _explain(sql, parameters)


def _note_in(queries: list[Query]) -> Callable[..., Any]:
    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append((sql, params))
        return execute(sql, params, many, context)

    return note


def _explain(sql: str, parameters: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())
