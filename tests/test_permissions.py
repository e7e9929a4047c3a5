"""Every route, with every method, as every kind of caller: each is let in as the table says."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from pytest_django import DjangoDbBlocker, Settings

from harborguard.access.keys import create_key
from harborguard.access.models import ApiKey, AuditEntry, Role
from harborguard.access.permissions import ROUTES, Rule, is_for_everybody, rule_for, rules_of
from harborguard.access.routes import Route, routes
from harborguard.clock import Now
from inventory.models import Image
from sync.models import Sweep
from tests.callers import WITH_KEY, WITHOUT_KEY, Caller
from tests.deliveries import webhook
from tests.factories import SOMEBODY, make_dry_run, make_finished_run, make_registry, make_user
from tests.pages import observe

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
METHODS = (*SAFE, "POST", "PUT", "PATCH", "DELETE")
# Each of these requests some 300 pages; `make test` has a stranger, a viewer and an admin.
SLOW_CALLERS = {
    "a session of a developer",
    "a session without CSRF token",
    "a session of a deactivated admin",
}
# Django's own routes that ours precede.
SHADOWED = {
    "admin:login": "admin-login",
    "admin:logout": "admin-logout",
    "admin:password_change": "admin-password",
}
# What no browser changes anything with, and a program asks without a token.
NO_TOKEN_NEEDED = {"healthz", "readyz", "metrics"}
LOGIN, UNKNOWN, FORBIDDEN, NO_METHOD, LET_IN = "login", "401", "403", "405", "let in"


@pytest.fixture(scope="module", autouse=True)
def somebody_has_swept(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Record a sweep, without which /readyz fails: tests that empty all tables leave none."""
    with django_db_blocker.unblock():
        Sweep.objects.update_or_create(pk=1, defaults={"swept_at": Now()})


class Rows:
    """Something at each address: what its first part tells is made once."""

    def __init__(self, caller: Caller) -> None:
        registry = make_registry(url="http://127.0.0.1:1", insecure=True)
        run = make_finished_run(registry)
        repository = observe(registry, "team/app", {"v1": 1}, run_id=run.pk)
        # One that they may see and revoke: a key itself, a session one of its user's.
        owner = caller.user if caller.user and caller.role else make_user()
        if not ApiKey.objects.filter(user=owner).exists():
            create_key(owner, "another", Role.VIEWER, by=SOMEBODY)
        self._ids: dict[str, object] = {
            "registries": registry.pk,
            "runs": run.pk,
            "dry-runs": make_dry_run(registry).pk,
            "repositories": repository.pk,
            "images": Image.objects.get().pk,
            "keys": ApiKey.objects.get(user=owner).pk,
            "users": make_user().pk,
            "audit": AuditEntry.objects.latest("pk").pk,
            "providers": registry.provider,
            "provider": registry.provider,
            "token": webhook(registry).url.rpartition("/")[2],
            "page": "sync-and-health",
        }

    def address(self, route: Route) -> str:
        if route.name.startswith("admin:"):
            return re.sub(r"\{(\w+)\}", lambda found: self._of_admin(route, found[1]), route.path)
        first = route.path.removeprefix("/api").lstrip("/").split("/")[0]
        return re.sub(
            r"\{(\w+)\}", lambda found: str(self._ids.get(found[1]) or self._ids[first]), route.path
        )

    def _of_admin(self, route: Route, name: str) -> str:
        if name in {"app_label", "url"}:
            return "registries"
        model = re.match(r"/admin/(\w+)/(\w+)/\{", route.path)
        row = apps.get_model(model[1], model[2])._default_manager.first() if model else None
        return str(row.pk if row else 1)


@pytest.fixture(autouse=True)
def nothing_is_dialled_and_nothing_is_limited(settings: Settings) -> None:
    settings.REGISTRY_ALLOWED_NETWORKS = (ipaddress.ip_network("192.0.2.0/24"),)
    settings.LIMITS = dict.fromkeys(settings.LIMITS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=[pytest.mark.slow] if kind in SLOW_CALLERS else [])
        for kind in (*WITHOUT_KEY, *WITH_KEY)
    ],
)
def test_a_caller_is_let_in_as_the_table_says_and_nowhere_else(kind: str) -> None:
    caller = {**WITHOUT_KEY, **WITH_KEY}[kind]()
    pages_too = not caller.key or kind == "a key of a admin"
    rows = Rows(caller)
    trail = AuditEntry.objects.count()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    faults = []
    for route in routes():
        if pages_too or route.name.startswith("api:"):
            name, address = SHADOWED.get(route.name, route.name), rows.address(route)
            assert resolve(address).view_name == name
            for method in METHODS:
                answer = ask(client, method, address, caller)
                told = " and ".join(faults_of(answer, name, method, caller))
                faults += [f"{method} {address} ({name}): {told}"] if told else []

    assert not faults, "\n".join(faults[:40])
    assert AuditEntry.objects.count() == trail, "What was refused has changed something"


def ask(client: Client, method: str, address: str, caller: Caller) -> HttpResponse:
    """Send a request and roll back its changes, so that the next one meets the same rows."""
    client.cookies.clear()
    with transaction.atomic():
        answer = client.generic(method, address, headers=caller.headers())
        if answer.streaming:
            list(answer)  # whoever leaves a stream unread keeps its place from others
        transaction.set_rollback(True)
    return answer  # type: ignore[return-value]  # the stubs' response of a client


def faults_of(answer: HttpResponse, name: str, method: str, caller: Caller) -> Iterator[str]:
    due, found = expected(name, method, caller), outcome(answer)
    if found != due and not (due == LET_IN and _refuses_more(name)):
        yield f"{found} ({answer.status_code}), but the table says {due}"
    if due == LET_IN:
        yield from _faults_of_a_view(name, method, answer)
    elif name.startswith("api:"):
        yield from _faults_of_a_refusal(name, method, caller, answer)


def _refuses_more(name: str) -> bool:
    """Return whether a view also refuses callers that the table lets in: by their address, by the
    proof of a webhook, or because Django's admin shows a form read-only."""
    return name in {"metrics", "api:webhook"} or name.startswith("admin:")


def expected(name: str, method: str, caller: Caller) -> str:
    if name == "api:webhook":  # it asks nobody who they are, and looks at no key or session
        return LET_IN if rule_for(name, method) else NO_METHOD
    is_api = name.startswith("api:")
    role = caller.role if is_api or not caller.key else None  # a key opens no page
    rule = rule_for(name, method)
    sends_a_token = caller.csrf_token and not caller.key
    if method not in SAFE and not is_api and name not in NO_TOKEN_NEEDED and not sends_a_token:
        return FORBIDDEN
    if is_api and caller.key and role is None:
        return UNKNOWN
    if is_api and method not in SAFE and role is not None and not caller.csrf_token:
        return FORBIDDEN
    if rule is not None and rule.role is None:
        return LET_IN
    if rule is None and is_for_everybody(name):
        return NO_METHOD
    if role is None:
        return UNKNOWN if is_api else LOGIN
    if rule is None or rule.role is None:
        return NO_METHOD
    return LET_IN if role >= rule.role else FORBIDDEN


def outcome(answer: HttpResponse) -> str:
    if answer.status_code == 302 and re.match(r"(/admin)?/login/?\?next=", answer["Location"]):
        return LOGIN
    refusals = {401: UNKNOWN, 403: FORBIDDEN, 405: NO_METHOD}
    return refusals.get(answer.status_code, LET_IN)


def _faults_of_a_view(name: str, method: str, answer: HttpResponse) -> Iterator[str]:
    if answer.status_code >= 500:
        yield f"answered {answer.status_code}"
    there_is_something = not _refuses_more(name) and name != "api:nothing"
    if there_is_something and answer.status_code == 404:
        yield "found nothing"
    if there_is_something and method in {"GET", "HEAD"} and answer.status_code >= 400:
        yield f"answered {answer.status_code}"


def _faults_of_a_refusal(
    name: str, method: str, caller: Caller, answer: HttpResponse
) -> Iterator[str]:
    if answer.get("Content-Type") != "application/problem+json":
        yield "is not told so in a problem"
    if answer.status_code == 401 and answer.get("WWW-Authenticate") != "Bearer":
        yield "is not told how to sign in"
    if answer.status_code == 405 and set(answer["Allow"].split(", ")) - {"HEAD"} != set(
        rules_of(name) or ()
    ):
        yield f"is told to use {answer['Allow']}"
    rule = rule_for(name, method)
    if answer.status_code == 403 and rule and rule.role and caller.csrf_token and method != "HEAD":
        needed = answer.json().get("requiredRole")  # type: ignore[attr-defined]  # of a client
        if needed != rule.role.label:
            yield f"is told that it needs the role {needed}"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics", "/api/openapi.json"])
@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE"])
def test_a_program_is_told_what_an_open_address_answers(address: str, method: str) -> None:
    answer = Client(enforce_csrf_checks=True).generic(method, address)

    assert answer.status_code == 405
    assert answer["Allow"].split(", ")[0] == "GET"


@pytest.mark.django_db
def test_the_root_of_the_api_leads_to_its_description() -> None:
    answer = Client().get("/api")

    assert answer.status_code == 302
    assert answer["Location"] == "/api/docs"


def test_every_route_has_an_entry_and_every_entry_a_route() -> None:
    names = {route.name for route in routes()}

    assert [name for name in names if rules_of(name) is None] == []
    assert [name for name in ROUTES if name not in names and name != "admin:*"] == []


def _changing() -> dict[tuple[str, str], Rule]:
    return {
        (name, method): rule
        for name, rules in ROUTES.items()
        for method, rule in rules.items()
        if method != "GET"
    }


def test_a_viewer_changes_nothing_but_what_is_their_own() -> None:
    own = {"login", "logout", "admin-logout", "password", "theme", "keys"}
    own |= {"key-revoke", "api:key"}
    nowhere = {"api:nothing", "api:webhook"}

    names = {name for (name, _), rule in _changing().items() if (rule.role or 0) < Role.DEVELOPER}
    assert names == own | nowhere


def test_a_developer_syncs_tries_tests_and_confirms_and_an_admin_does_the_rest() -> None:
    names = {name for (name, _), rule in _changing().items() if rule.role == Role.DEVELOPER}

    assert names == {
        *("registry-sync", "registry-confirm-removals", "registry-test"),
        *("api:registry-sync", "api:registry-confirm-removals", "api:registry-test"),
        *("registry-dry-run", "dry-run-delete", "api:registry-dry-runs", "api:dry-run"),
    }


def test_whatever_starts_or_calls_something_has_a_limit() -> None:
    called = re.compile("sync|confirm|test|trust|registry-dry")

    assert [
        key for key, rule in _changing().items() if called.search(key[0]) and not rule.limit
    ] == []


def test_the_published_table_is_up_to_date() -> None:
    call_command("permissions", check=True)
