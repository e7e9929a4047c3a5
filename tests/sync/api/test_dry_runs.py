from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from harborguard.access.models import AuditEntry, Role
from inventory.reconcile import Key
from registries.errors import AuthenticationFailed
from registries.models import Registry
from sync.dry_runs import lifecycle, pipeline
from sync.dry_runs.attempt import TagChange
from sync.models import DryRun, DryRunChange
from tests.api_client import caller
from tests.factories import make_dry_run, make_registry
from tests.pages import digest_of
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, inventory_of

pytestmark = pytest.mark.django_db
Kind = DryRunChange.Kind


@pytest.fixture
def registry() -> Registry:
    return make_registry(tag_exclude=["*-rc*"])


def start(registry: Registry, role: Role = Role.ADMIN, **proposal: Any) -> Any:
    return caller(role).post(f"/api/registries/{registry.pk}/dry-runs", proposal, format="json")


def test_a_dry_run_is_started_polled_and_its_changes_listed(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry()
    service.seed(["team/app"], ["v1", "nightly-1"])
    registry = connect(service)
    script = caller(Role.ADMIN)
    answer = script.post(
        f"/api/registries/{registry.pk}/dry-runs",
        {"tagFilters": {"exclude": ["nightly-*"]}, "schedule": "weekly"},
        format="json",
    )
    assert answer.status_code == 202
    where = answer["Location"]
    assert (answer.json()["state"], where) == ("queued", f"/api/dry-runs/{answer.json()['id']}")

    pipeline.carry_out(answer.json()["id"])

    found = script.get(where).json()
    assert (found["state"], found["error"]) == ("succeeded", None)
    assert found["proposal"] == [
        {"field": "schedule", "current": "daily", "proposed": "weekly"},
        {"field": "tagFilters.exclude", "current": [], "proposed": ["nightly-*"]},
    ]
    assert (found["changes"]["added"], found["listedChanges"]) == (1, 1)
    assert found["progress"]["tagsSeen"] == 1
    [change] = script.get(f"{where}/changes").json()["results"]
    assert change == {
        "id": change["id"],
        "kind": "added",
        "repository": "team/app",
        "tag": "v1",
        "oldDigest": None,
        "newDigest": service.inventory()["team/app"]["v1"],
        "reason": None,
    }
    assert inventory_of(registry) == {}


def test_a_developer_can_only_try_the_stored_settings(registry: Registry) -> None:
    refused = start(registry, Role.DEVELOPER, schedule="weekly")
    assert (refused.status_code, refused.json()["requiredRole"]) == (403, "admin")
    as_it_is = start(registry, Role.DEVELOPER, schedule="daily")
    assert (as_it_is.status_code, as_it_is.json()["proposal"]) == (202, [])


def test_viewers_and_anonymous_users_cannot_start_one(registry: Registry) -> None:
    refused = start(registry, Role.VIEWER)
    assert (refused.status_code, refused.json()["requiredRole"]) == (403, "developer")
    stranger = APIClient().post(f"/api/registries/{registry.pk}/dry-runs")
    assert stranger.status_code == 401
    assert not DryRun.objects.exists()


def test_a_partial_filter_keeps_its_other_member(registry: Registry) -> None:
    start(registry, tagFilters={"include": ["v*"]})
    assert DryRun.objects.get().proposed == {"tag_include": ["v*"]}


def test_a_live_dry_run_is_named_in_the_error(registry: Registry) -> None:
    queued = lifecycle.request(registry.pk, {})
    answer = start(registry)
    assert (answer.status_code, answer.json()["code"]) == (409, "dry_run_in_progress")
    assert answer.json()["dryRunId"] == queued.pk


@pytest.mark.parametrize(
    ("proposal", "path"),
    [
        ({"tagFilters": {"exclude": ["a\nb"]}}, "tagFilters.exclude"),
        ({"repositoryFilters": {"include": "team/*"}}, "repositoryFilters.include"),
        ({"knownRepositories": ["Not A Name"]}, "knownRepositories"),
        ({"schedule": "hourly"}, "schedule"),
        ({"url": "https://elsewhere.example.com"}, "url"),
    ],
)
def test_an_invalid_setting_is_named_by_its_path(
    registry: Registry, proposal: dict[str, Any], path: str
) -> None:
    answer = start(registry, **proposal)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [path])


def test_a_dry_run_with_other_settings_is_only_visible_to_admins(registry: Registry) -> None:
    found = make_dry_run(registry, schedule="weekly")
    for role, status in ((Role.VIEWER, 404), (Role.DEVELOPER, 404), (Role.ADMIN, 200)):
        for address in (f"/api/dry-runs/{found.pk}", f"/api/dry-runs/{found.pk}/changes"):
            assert caller(role).get(address).status_code == status
    assert caller(Role.DEVELOPER).delete(f"/api/dry-runs/{found.pk}").status_code == 404
    plain = make_dry_run(registry)
    assert caller(Role.VIEWER).get(f"/api/dry-runs/{plain.pk}").status_code == 200


def test_a_failure_has_a_hint(registry: Registry) -> None:
    found = make_dry_run(registry, error=AuthenticationFailed("Refused"))
    body = caller(Role.VIEWER).get(f"/api/dry-runs/{found.pk}").json()
    assert body["state"] == "failed"
    assert body["error"] == {
        "code": "authentication_failed",
        "message": "Refused",
        "hint": AuthenticationFailed.hint,
    }


def test_a_registrys_dry_runs_are_listed_newest_first(registry: Registry) -> None:
    made = [make_dry_run(registry) for _ in range(3)]
    failed = make_dry_run(registry, error=AuthenticationFailed("Refused"))
    make_dry_run(make_registry())
    address, script = f"/api/registries/{registry.pk}/dry-runs", caller(Role.VIEWER)
    page = script.get(address, {"pageSize": "3"}).json()
    body = page["results"]
    body += script.get(page["next"]).json()["results"]
    assert [row["id"] for row in body] == [failed.pk, *(one.pk for one in reversed(made))]
    assert (body[0]["error"]["code"], body[0]["proposedFields"]) == ("authentication_failed", [])
    assert not {"proposal", "warnings", "failedRepositories"} & body[0].keys()
    [filtered] = script.get(address, {"state": "failed"}).json()["results"]
    assert filtered == body[0]
    assert script.get("/api/registries/4711/dry-runs").status_code == 404


def test_those_with_other_settings_are_listed_for_admins_alone(registry: Registry) -> None:
    make_dry_run(registry, tag_exclude=["v9"], schedule="weekly")
    address = f"/api/registries/{registry.pk}/dry-runs"
    for role in (Role.VIEWER, Role.DEVELOPER):
        assert caller(role).get(address).json()["results"] == []
    [body] = caller(Role.ADMIN).get(address).json()["results"]
    assert body["proposedFields"] == ["schedule", "tagFilters.exclude"]


def test_a_list_takes_as_many_queries_for_many(
    registry: Registry, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        make_dry_run(registry, tag_exclude=[f"v{number}"])
    script = caller(Role.ADMIN)
    script.get(f"/api/registries/{registry.pk}/dry-runs")
    with django_assert_max_num_queries(4):
        script.get(f"/api/registries/{registry.pk}/dry-runs")


def test_changes_are_narrowed_and_come_in_pages(registry: Registry) -> None:
    rows = [TagChange(Kind.ADDED, Key("a", f"v{n}"), new=digest_of(n)) for n in range(5)]
    rows += [
        TagChange(Kind.REMOVED, Key("b", "v0"), digest_of(1), reason=reason)
        for reason in ("gone", "filtered")
    ]
    address = f"/api/dry-runs/{make_dry_run(registry, *rows).pk}/changes"
    script = caller(Role.VIEWER)
    assert len(script.get(address, {"kind": "removed"}).json()["results"]) == 2
    assert len(script.get(address, {"reason": "filtered"}).json()["results"]) == 1
    assert len(script.get(address, {"search": "V3"}).json()["results"]) == 1
    tags: list[str] = []
    page = script.get(address, {"kind": "added", "pageSize": "2"}).json()
    while page:
        tags += [row["tag"] for row in page["results"]]
        page = script.get(page["next"]).json() if page["next"] else None
    assert tags == [f"v{n}" for n in range(5)]


def test_deleting_one_stops_it_and_is_told(registry: Registry) -> None:
    queued = lifecycle.request(registry.pk, {})
    taken = lifecycle.claim(queued.pk)
    assert taken is not None
    script = caller(Role.DEVELOPER)
    assert script.delete(f"/api/dry-runs/{queued.pk}").status_code == 204
    assert script.get(f"/api/dry-runs/{queued.pk}").status_code == 404
    assert AuditEntry.objects.latest("pk").action == "dry_run.deleted"
    pipeline._carry_out(taken)
    assert not DryRun.objects.exists()


def test_a_registry_goes_with_its_dry_runs(registry: Registry) -> None:
    make_dry_run(registry, TagChange(Kind.ADDED, Key("a", "v1"), new=digest_of(1)))
    lifecycle.request(registry.pk, {})
    assert caller(Role.ADMIN).delete(f"/api/registries/{registry.pk}").status_code == 204
    assert not DryRun.objects.exists()
    assert not DryRunChange.objects.exists()
