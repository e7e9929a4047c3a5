"""The API does what its document says: Schemathesis asks for what it allows, and what not."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connections
from pytest_django import Settings
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from harborguard.access.models import Role
from tests.api_client import caller
from tests.factories import make_finished_run, make_registry
from tests.pages import observe

pytestmark = pytest.mark.slow


# What must be more than its schema can say: an address of a registry, the name of somebody, a
# place in a list.
MORE_THAN_A_SCHEMA_SAYS = {
    *("url", "provider", "credential", "caPem", "trustedRealms", "knownRepositories"),
    *("tagFilters", "repositoryFilters", "name", "username", "password", "email", "user"),
    *(
        "expiresAt",
        "cursor",
        "after",
        "page",
        "registry",
        "repositoryId",
        "options",
        "schedule",
        "verification",
    ),
}
CONFIGURATION = {
    "seed": 1,
    "continue-on-failure": True,
    "generation": {
        "deterministic": True,
        "database": "none",
        "max-examples": 10,
        "no-shrink": True,
        "allow-x00": False,
    },
    # What they may be is for `refusals_name_what_is_wrong` to say.
    "checks": {
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "400", "401", "403", "404", "409", "429"]
        }
    },
}


@schemathesis.check
def refusals_name_what_is_wrong(
    context: schemathesis.CheckContext,
    response: schemathesis.Response,
    case: schemathesis.Case[Any],
) -> None:
    """Fail if a valid value was rejected, except for a field with rules beyond the schema."""
    is_allowed = case.meta is not None and case.meta.generation.mode.is_positive
    if not is_allowed or response.status_code != 400:
        return
    fields = {path.partition(".")[0] for path in response.json().get("errors", {})}
    if not fields or not fields <= MORE_THAN_A_SCHEMA_SAYS:
        raise AssertionError(f"Allowed by the schema, but refused: {response.text}")


@pytest.fixture(autouse=True)
def without_options_of_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Schemathesis' checks hand them to its WSGI transport as well, which knows none of them."""
    send = WSGITransport.send

    def plainly(self: WSGITransport, case: schemathesis.Case[Any], **options: Any) -> Any:
        known = {k: v for k, v in options.items() if k not in {"max_redirects", "verify", "cert"}}
        return send(self, case, **known)

    monkeypatch.setattr(WSGITransport, "send", plainly)


@pytest.fixture
def application(db: None) -> Iterator[Callable[..., Iterable[bytes]]]:
    """Schemathesis calls from threads of its own, one at a time: they share the test's
    connection, so that all they do is undone with its transaction."""
    shared, product = connections["default"], get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        connections["default"] = shared
        return product(environ, start_response)

    shared.inc_thread_sharing()
    yield answer
    shared.dec_thread_sharing()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def nothing_is_dialled_and_nothing_is_limited(settings: Settings) -> None:
    settings.REGISTRY_ALLOWED_NETWORKS = (ipaddress.ip_network("192.0.2.0/24"),)
    settings.LIMITS = dict.fromkeys(settings.LIMITS)
    settings.ALLOWED_HOSTS = ["localhost"]


def test_every_operation_answers_as_the_document_says(
    application: Callable[..., Iterable[bytes]],
) -> None:
    for _ in range(2):
        registry = make_registry(url="http://127.0.0.1:1", insecure=True)
        run = make_finished_run(registry)
        observe(registry, "team/app", {"v1": 1, "v2": 2}, run_id=run.pk)
    # It does not take apart what is compressed.
    headers = {
        "Authorization": f"Bearer {caller(Role.ADMIN).secret}",
        "Accept-Encoding": "identity",
    }
    schema = schemathesis.openapi.from_wsgi(
        "/api/openapi.json",
        application,
        config=SchemathesisConfig.from_dict({**CONFIGURATION, "headers": headers}),
    )

    faults, cases = Counter[str](), 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            faults[str(event)] += 1
        if isinstance(event, events.ScenarioFinished):
            cases += len(event.recorder.cases)
            faults.update(faults_of(event))

    assert cases > 1000
    assert not faults, "\n".join(f"{count} x {fault}" for fault, count in faults.most_common(20))


def faults_of(event: events.ScenarioFinished) -> Iterator[str]:
    for identity, checks in event.recorder.checks.items():
        case = event.recorder.cases[identity].value
        for check in checks:
            if check.failure_info is not None:
                yield f"{case.as_curl_command()}: {check.name}: {check.failure_info.failure}"
