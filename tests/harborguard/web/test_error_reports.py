from __future__ import annotations

import secrets
import sys

from django.test import RequestFactory, override_settings
from django.views.debug import ExceptionReporter

# The lines of the source are told: it must not stand in them.
SECRET = secrets.token_hex()


def report_of(**entered: str) -> str:
    request = RequestFactory().post("/somewhere", entered)
    try:
        nested = {"login": [request.POST["password"].encode()]}
        raise LookupError(len(nested))
    except LookupError:
        return ExceptionReporter(request, *sys.exc_info()).get_traceback_html()


@override_settings(DEBUG=True)
def test_a_report_tells_no_value_but_its_type() -> None:
    report = report_of(username="ada", password=SECRET)

    assert SECRET not in report
    assert "LookupError" in report
    assert "<td>nested</td>" in report
    assert "dict" in report


@override_settings(DEBUG=True, CELERY_BROKER_URL=f"redis://:{SECRET}@broker")
def test_a_report_does_not_tell_the_password_of_the_broker() -> None:
    assert SECRET not in report_of(password="")
