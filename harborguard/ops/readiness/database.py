from __future__ import annotations

from django.db import Error, connection

from harborguard.ops.readiness.outcome import Outcome, Unreachable, passed


def database() -> Outcome:
    """Check the database first: the others need it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        raise Unreachable("The database does not answer") from error
    return passed("It answers")
