"""Every row of every table, in clear."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from tests.leaks.evidence import Evidence
from tests.leaks.visitor import unsigned

_SESSIONS = "SELECT session_data FROM django_session"


class PostgreSQL:
    """A database that the tests' server keeps for one installation."""

    def __init__(self, host: str, user: str, name: str) -> None:
        self._folder = Path(host)
        self._connection = psycopg.connect(host=host, user=user, dbname=name, autocommit=True)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def without(self, table: str) -> Iterator[None]:
        """Hide a table for a while, so that whatever needs it fails in an unforeseen way."""
        self._connection.execute(f"ALTER TABLE {table} RENAME TO away".encode())
        try:
            yield
        finally:
            self._connection.execute(f"ALTER TABLE away RENAME TO {table}".encode())

    def dump(self, evidence: Evidence) -> None:
        tables = self._connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            copy = f'COPY "{table}" TO STDOUT'.encode()
            with self._connection.cursor().copy(copy) as rows:
                evidence.add(f"the table {table}", b"".join(map(bytes, rows)))
        for (session,) in self._connection.execute(_SESSIONS):
            evidence.add("a session", unsigned(session))
        # It writes down each statement that it refuses.
        evidence.add("the log of the database", (self._folder / "log").read_bytes())


class SQLite:
    def __init__(self, file: Path) -> None:
        self._file = file

    @contextmanager
    def without(self, table: str) -> Iterator[None]:
        self._execute(f"ALTER TABLE {table} RENAME TO away")
        try:
            yield
        finally:
            self._execute(f"ALTER TABLE away RENAME TO {table}")

    def dump(self, evidence: Evidence) -> None:
        """Its sessions; the rest is in its file, which is read with all others beside it."""
        for (session,) in self._execute(_SESSIONS):
            evidence.add("a session", unsigned(session))

    def _execute(self, statement: str) -> list[tuple[str]]:
        with closing(sqlite3.connect(self._file, timeout=20)) as connection:
            return connection.execute(statement).fetchall()
