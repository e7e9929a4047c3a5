"""Bad requests are answered with a problem that names the field, never with a 500."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings

from harborguard.access.models import ApiKey, AuditEntry, Role
from inventory.models import Image, Repository
from tests.api_client import Caller, caller
from tests.deliveries import webhook
from tests.factories import make_dry_run, make_finished_run, make_registry, make_user
from tests.openapi_document import OPERATIONS, Operation
from tests.pages import observe

LONG = "x" * 5000
NOT_NUMBERS = ("-1", "0x1", "1.5", "1e3", "\u0661", " 1", "9" * 30, "9" * 5000, "NaN", LONG)
WRONG_VALUES: tuple[Any, ...] = (
    None,
    True,
    5,
    10**400,
    -1e308,
    "",
    "\0",
    "\ud800",
    LONG,
    [],
    [None],
    {},
    {"": 0},
)
NOT_JSON = {
    "no JSON": b"{",
    "no UTF-8": b'{"name": "\xff"}',
    "no number": b'{"name": NaN}',
    "a number without end": b'{"name": 1e999}',
    "a number of many digits": b'{"name": ' + b"9" * 5000 + b"}",
    "a name twice": b'{"name": "a", "name": "b"}',
    "deep": b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}
NO_OBJECTS = (b"null", b"[]", b'"name"', b"5", b"true")

each = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
with_a_body = pytest.mark.parametrize(
    "operation", [found for found in OPERATIONS if found.fields()], ids=str
)
pytestmark = pytest.mark.django_db


class Asker:
    """A client with an admin's key that rolls back what each request does."""

    def __init__(self) -> None:
        registry = make_registry(url="http://127.0.0.1:1", insecure=True)
        run = make_finished_run(registry)
        observe(registry, "team/app", {"v1": 1}, run_id=run.pk)
        self.client: Caller = caller(Role.ADMIN, owner=make_user(Role.ADMIN, password=None))
        self.client.raise_request_exception = False
        self.ids: Mapping[str, object] = {
            "registryId": registry.pk,
            "runId": run.pk,
            "dryRunId": make_dry_run(registry).pk,
            "repositoryId": Repository.objects.get().pk,
            "imageId": Image.objects.get().pk,
            "keyId": ApiKey.objects.get().pk,
            "userId": make_user(password=None).pk,
            "entryId": AuditEntry.objects.latest("pk").pk,
            "slug": registry.provider,
            "provider": registry.provider,
            "token": webhook(registry).url.rpartition("/")[2],
        }

    def __call__(
        self,
        operation: Operation,
        *,
        query: str = "",
        ids: Mapping[str, object] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> HttpResponse:
        known = {**self.ids, **(ids or {})}
        path = re.sub(r"{(\w+)}", lambda found: str(known[found[1]]), operation.path)
        if body is None:
            body = json.dumps(operation.body()).encode() if operation.fields() else b""
        with transaction.atomic():
            answer = self.client.generic(
                operation.method,
                f"{path}?{query}",
                body,  # type: ignore[arg-type]  # the stubs know of text alone
                content_type=content_type,
            )
            transaction.set_rollback(True)
        return answer


@pytest.fixture(scope="module")
def asker(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Asker]:
    """Create the rows once for the module, in a transaction around those of the tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Asker()
        transaction.set_rollback(True)


@pytest.fixture
def ask(asker: Asker, settings: Settings) -> Asker:
    settings.REGISTRY_ALLOWED_NETWORKS = (ipaddress.ip_network("192.0.2.0/24"),)
    settings.LIMITS = dict.fromkeys(settings.LIMITS)
    return asker


def problem(answer: HttpResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(answer.content)
    return told


@each
def test_an_unknown_parameter_is_named(operation: Operation, ask: Asker) -> None:
    assert "colour" in problem(ask(operation, query="colour=red"), 400)["errors"]


@each
def test_a_parameter_is_given_once_with_a_value_and_without_nul(
    operation: Operation, ask: Asker
) -> None:
    for name in operation.parameters("query"):
        for query in (f"{name}=1&{name}=1", f"{name}=", f"{name}=%00", f"{name}=a%00b"):
            assert name in problem(ask(operation, query=query), 400)["errors"], query


@each
def test_a_parameter_that_is_a_number_is_one(operation: Operation, ask: Asker) -> None:
    for name, schema in operation.parameters("query").items():
        if schema.get("type") == "integer":
            for value in NOT_NUMBERS:
                query = urlencode({name: value})
                assert name in problem(ask(operation, query=query), 400)["errors"], query


@each
def test_a_parameter_of_any_text_breaks_nothing(operation: Operation, ask: Asker) -> None:
    for name in operation.parameters("query"):
        for value in (LONG, b"\xed\xa0\x80", b"\xff", "%", "\u202e'\"--", "2026-99-99T00:00:00Z"):
            answer = ask(operation, query=urlencode({name: value}))
            if answer.status_code != 200:
                assert name in problem(answer, 400)["errors"], value


@each
def test_what_is_not_there_is_not_found(operation: Operation, ask: Asker) -> None:
    for name, schema in operation.parameters("path").items():
        numbers = (0, 999_999_999, 2**31, 2**63, 10**30, "9" * 4000)
        texts = ("nowhere", "%00", "%ED%A0%80", LONG)
        for value in numbers if schema["type"] == "integer" else texts:
            problem(ask(operation, ids={name: value}), 404)


@with_a_body
@pytest.mark.parametrize("kind", NOT_JSON)
def test_a_body_that_is_no_json_is_malformed(kind: str, operation: Operation, ask: Asker) -> None:
    assert problem(ask(operation, body=NOT_JSON[kind]), 400)["code"] == "malformed_body"


@with_a_body
def test_a_body_that_is_no_object_is_told_so(operation: Operation, ask: Asker) -> None:
    for body in NO_OBJECTS:
        assert "body" in problem(ask(operation, body=body), 400)["errors"], body


@with_a_body
def test_a_body_is_json_and_says_so(operation: Operation, ask: Asker) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        told = problem(ask(operation, content_type=content_type), 415)
        assert told["code"] == "unsupported_media_type"


@with_a_body
def test_a_body_has_a_size(operation: Operation, ask: Asker, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2048

    for content_type, status in (("application/json", 413), ("text/plain", 415)):
        body = json.dumps({"name": "x" * 4000}).encode()
        problem(ask(operation, body=body, content_type=content_type), status)


@with_a_body
def test_an_unknown_field_is_named(operation: Operation, ask: Asker) -> None:
    for name in ("colour", "na\0me", "\ud800", LONG):
        body = json.dumps({**(operation.body() or {}), name: 1}).encode()
        errors = problem(ask(operation, body=body), 400)["errors"]
        assert ascii(name)[1:-1][:100] in errors


@with_a_body
def test_a_field_of_a_wrong_kind_is_named(operation: Operation, ask: Asker) -> None:
    for name in operation.fields():
        for value in WRONG_VALUES:
            body = json.dumps({**(operation.body() or {}), name: value}).encode()
            answer = ask(operation, body=body)
            if answer.status_code >= 300:
                told = problem(answer, 400)
                fields = {path.partition(".")[0] for path in told.get("errors", {})}
                if told["code"] != "malformed_body":
                    # What does not fit together is told of the other one.
                    assert fields in ({name}, {"url"}), (name, value)


def test_a_name_that_is_taken_is_told_so(ask: Asker) -> None:
    taken = {
        "/api/registries": {"name": make_registry(name="taken").name, "url": "https://a.example"},
        "/api/users": {"username": make_user(username="taken", password=None).username},
        "/api/keys": {"name": ask.client.key.name, "role": "viewer"},
    }

    for path, body in taken.items():
        answer = ask.client.post(path, body, format="json")
        errors = problem(answer, 400)["errors"]
        assert set(errors) == {"username" if path == "/api/users" else "name"}


def test_an_address_of_nothing_is_told_so(ask: Asker) -> None:
    for path in ("/api/", "/api/nowhere", "/api/registries/", "/api/registries/x", "/api/%00"):
        problem(ask.client.get(path), 404)


def test_an_authorization_of_any_text_is_no_key(ask: Asker) -> None:
    for value in ("", "Bearer", "Bearer a b", "Bearer hg_\0", "Bearer \xff", "Basic eDp5", LONG):
        problem(ask.client.get("/api/me", headers={"Authorization": value}), 401)


def test_an_accept_of_any_text_gets_json(ask: Asker) -> None:
    for value in ("", ";;;", "text/html", "application/json;q=x", "\xff/\xff", "a/b, */*", LONG):
        answer = ask.client.get("/api/me", headers={"Accept": value})
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_a_stranger_is_told_to_sign_in_whatever_they_accept(ask: Asker) -> None:
    for value in ("application/problem+json", "text/html"):
        answer = Client().get("/api/me", headers={"Accept": value})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


@pytest.mark.parametrize("what", ["sync", "confirm-removals", "test-connection"])
def test_what_needs_no_body_takes_no_large_one(what: str, ask: Asker) -> None:
    path = f"/api/registries/{ask.ids['registryId']}/{what}"
    body = {str(number): 1 for number in range(1000)}

    assert problem(ask.client.post(path, body, format="json"), 413)["code"] == "too_large"
    assert list(problem(ask.client.post(path, {"a": 1}, format="json"), 400)["errors"]) == ["a"]
