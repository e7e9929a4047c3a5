"""The OpenAPI document: complete, and in accord with the table of permissions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from django.conf import settings
from drf_spectacular.validation import validate_schema

from harborguard.access.permissions import ROUTES
from harborguard.access.routes import routes
from tests.openapi_document import DOCUMENT, OPERATIONS

PROBLEM = "application/problem+json"

each = pytest.mark.parametrize(
    "operation", [found.told for found in OPERATIONS], ids=[*map(str, OPERATIONS)]
)


def bodies_of(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the JSON bodies of requests and responses, with their places."""
    places = {"the request": operation.get("requestBody", {}), **operation["responses"]}
    for where, told in places.items():
        for media_type, body in told.get("content", {}).items():
            yield f"{where} in {media_type}", body


def test_it_is_openapi_3_1() -> None:
    validate_schema(DOCUMENT)  # type: ignore[no-untyped-call]

    assert DOCUMENT["openapi"].startswith("3.1")
    assert [server["url"] for server in DOCUMENT["servers"]] == ["/"]
    assert set(DOCUMENT["components"]["securitySchemes"]) == {"apiKey", "session"}


def test_it_has_the_operations_and_the_roles_of_the_table_and_no_other() -> None:
    hidden = {"api:openapi", "api:docs", "api:nothing"}
    names = {re.sub(r"{\w+}", "{}", route.path): route.name for route in routes()}

    assert {
        (names[re.sub(r"{\w+}", "{}", operation.path)], operation.method): operation.told[
            "x-required-role"
        ]
        for operation in OPERATIONS
    } == {
        (name, method): rule.role.label if rule.role else None
        for name, rules in ROUTES.items()
        if name.startswith("api:") and name not in hidden
        for method, rule in rules.items()
    }


def test_each_operation_has_an_id_of_its_own_that_begins_with_a_verb() -> None:
    ids = [str(operation) for operation in OPERATIONS]
    verbs = "list|get|create|update|change|delete|revoke|rotate|receive|sync|confirm|test"

    assert len(ids) == len(set(ids))
    assert [found for found in ids if not re.fullmatch(rf"({verbs})[A-Z][A-Za-z]+", found)] == []


@each
def test_an_operation_says_what_it_does_and_who_may(operation: dict[str, Any]) -> None:
    what, needs = operation["description"].rsplit("\n\n", 1)
    tags = {tag["name"] for tag in DOCUMENT["tags"]}

    assert operation["summary"]
    assert what, "Its method has no docstring"
    role = operation["x-required-role"]
    assert (f"the role **{role}**" if role else "Requires no key") in needs
    assert set(operation["tags"]) <= tags
    assert operation["security"] == ([{"apiKey": []}, {"session": []}] if role else [{}])


@each
def test_an_operation_tells_how_it_is_refused(operation: dict[str, Any]) -> None:
    refusals = {status: told for status, told in operation["responses"].items() if status >= "400"}

    assert {"400", "401", "503"} <= set(refusals)
    assert ("429" in refusals) == ("x-rate-limit" in operation)
    for status, told in refusals.items():
        assert list(told["content"]) == [PROBLEM]
        body = told["content"][PROBLEM]
        assert body["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert [e["value"]["status"] for e in body["examples"].values()] != []
        assert {e["value"]["status"] for e in body["examples"].values()} == {int(status)}


@each
def test_an_operation_has_examples_that_obey_its_schemas(operation: dict[str, Any]) -> None:
    for where, body in bodies_of(operation):
        assert body.get("examples"), f"{where} has no example"
        schema = {**body["schema"], "components": DOCUMENT["components"]}
        for example in body["examples"].values():
            jsonschema_rs.validate(schema, example["value"])


def test_names_in_addresses_and_queries_are_written_in_camel_case() -> None:
    names = {
        (parameter["in"], parameter["name"])
        for operation in OPERATIONS
        for parameter in operation.told.get("parameters", [])
    }

    assert [found for found in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", found[1])] == []


def test_what_is_sent_has_no_other_fields_than_those_named() -> None:
    sent = {
        name: schema
        for name, schema in DOCUMENT["components"]["schemas"].items()
        if name.endswith("Request") and schema["type"] == "object"
    }

    assert sent
    assert [name for name, schema in sent.items() if schema["additionalProperties"]] == []


def test_what_is_answered_has_each_field_that_is_named() -> None:
    answered = {
        name: schema
        for name, schema in DOCUMENT["components"]["schemas"].items()
        if schema["type"] == "object" and not name.endswith("Request") and name != "Problem"
    }

    assert [
        name
        for name, schema in answered.items()
        if set(schema.get("required", ())) != set(schema["properties"])
    ] == []


def test_the_schema_of_problems_names_each_member_that_is_shown() -> None:
    named = set(DOCUMENT["components"]["schemas"]["Problem"]["properties"])
    shown = {
        member
        for operation in OPERATIONS
        for status, told in operation.told["responses"].items()
        if status >= "400"
        for example in told["content"][PROBLEM]["examples"].values()
        for member in example["value"]
    }

    assert shown == named


@pytest.mark.parametrize(
    ("operation", "codes"),
    [
        ("syncRegistry", {"sync_in_progress"}),
        ("createDryRun", {"dry_run_in_progress"}),
        ("confirmRemovals", {"nothing_held", "sync_in_progress"}),
        ("updateRegistry", {"credential_needed"}),
        ("changeUser", {"last_admin"}),
        ("deleteUser", {"last_admin"}),
    ],
)
def test_an_operation_shows_its_own_conflicts(operation: str, codes: set[str]) -> None:
    [told] = [found.told for found in OPERATIONS if str(found) == operation]
    shown = told["responses"]["409"]["content"][PROBLEM]["examples"].values()

    assert {example["value"]["code"] for example in shown} == codes


def test_every_schema_is_used() -> None:
    text = json.dumps(DOCUMENT, default=str)

    assert [
        name
        for name in DOCUMENT["components"]["schemas"]
        if f'"#/components/schemas/{name}"' not in text
    ] == []


def test_the_guide_lists_the_code_of_every_problem_that_the_document_shows() -> None:
    guide = (settings.BASE_DIR / "docs/api.md").read_text()
    shown = {
        (status, example["value"]["code"])
        for operation in OPERATIONS
        for status, told in operation.told["responses"].items()
        if status >= "400"
        for example in told["content"][PROBLEM]["examples"].values()
    }

    assert [row for row in shown if f"| {row[0]} | `{row[1]}` |" not in guide] == []
