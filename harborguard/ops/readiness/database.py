from __future__ import annotations

from django.db import Error, connection

from harborguard.ops.readiness.outcome import Outcome, Unreachable, passed


def database() -> Outcome:
    """First of all that need it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        raise Unreachable("The database does not answer") from error
    return passed("It answers")
