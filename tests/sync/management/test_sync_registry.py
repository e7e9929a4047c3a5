from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from harborguard.access.models import AuditEntry
from sync.models import DryRun, State, SyncRun, Trigger
from sync.runs import lifecycle
from tests.factories import make_registry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, inventory_of

pytestmark = pytest.mark.django_db
NOWHERE = "http://127.0.0.1:1"


def sync_registry(*arguments: str) -> str:
    output = StringIO()
    call_command("sync_registry", *arguments, stdout=output)
    return output.getvalue()


def test_it_syncs_in_the_foreground_and_says_what_it_found(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry()
    service.seed(["team/app"], ["v1", "v2"])
    registry = connect(service, name="ours")
    output = sync_registry("ours")
    assert AuditEntry.objects.filter(action="sync.requested").count() == 1
    assert "succeeded: 1 repository and 2 tags read; 2 added" in output
    assert inventory_of(registry) == service.inventory()


def test_json_has_one_object_a_run_with_counters_and_error(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry()
    service.seed(["team/app"], ["v1"])
    connect(service, name="up")
    make_registry(name="down", url=NOWHERE, insecure=True)
    output = StringIO()
    with pytest.raises(CommandError, match="1 of the runs failed"):
        call_command("sync_registry", "--all", "--json", stdout=output)
    down, up = map(json.loads, output.getvalue().splitlines())
    assert (up["registry"], up["state"], up["error"]) == ("up", "succeeded", None)
    assert up["counters"]["added"] == 1
    assert (down["registry"], down["state"]) == ("down", "failed")
    assert down["error"]["code"] == "network_error"
    assert down["error"]["message"]
    assert down["error"]["hint"]


def test_it_takes_over_a_run_that_is_only_queued(docker_registry: DockerRegistryFactory) -> None:
    service = docker_registry()
    service.seed(["team/app"], ["v1"])
    registry = connect(service, name="ours")
    queued = lifecycle.request(registry.pk, Trigger.SCHEDULE)
    assert f"run {queued.pk} succeeded" in sync_registry("ours")


def test_without_waiting_the_run_is_only_queued() -> None:
    make_registry(name="ours", url=NOWHERE, insecure=True)
    assert "queued" in sync_registry("ours", "--no-wait")
    assert AuditEntry.objects.filter(action="sync.requested").count() == 1
    assert SyncRun.objects.get().state == State.QUEUED


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name the registries"),
        (["ours", "--all"], "Name the registries"),
        (["ours", "nobody"], "No registry is called 'nobody'"),
    ],
)
def test_it_says_which_registries_it_needs(arguments: list[str], message: str) -> None:
    make_registry(name="ours")
    with pytest.raises(CommandError, match=message):
        sync_registry(*arguments)
    assert not SyncRun.objects.exists()


def test_a_dry_run_prints_the_difference_and_writes_nothing(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry()
    service.seed(["team/app"], ["v1", "v2"])
    registry = connect(service, name="ours")
    sync_registry("ours")
    before = inventory_of(registry)
    service.seed(["team/web"], ["v9"])
    new = service.inventory()["team/web"]["v9"]

    output = sync_registry("ours", "--dry-run", "--exclude", "v1")

    *lines, summary = output.splitlines()
    assert sorted(lines) == [
        f"+ team/web:v9 {new}",
        f"- team/app:v1 {before['team/app']['v1']} (filtered)",
    ]
    assert "1 added, 0 moved, 1 removed (0 gone, 1 filtered)" in summary
    assert (SyncRun.objects.count(), DryRun.objects.count()) == (1, 0)
    assert inventory_of(registry) == before
    told = AuditEntry.objects.latest("pk")
    assert (told.action, told.changes) == (
        "dry_run.requested",
        {"tagExclude": {"from": [], "to": ["v1"]}},
    )


def test_a_dry_run_in_json_has_one_object_a_change_and_a_summary(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry()
    service.seed(["team/app"], ["v1"])
    connect(service, name="ours")
    change, summary = map(json.loads, sync_registry("ours", "--dry-run", "--json").splitlines())
    assert change == {
        "registry": "ours",
        "kind": "added",
        "repository": "team/app",
        "tag": "v1",
        "oldDigest": None,
        "newDigest": service.inventory()["team/app"]["v1"],
        "reason": None,
    }
    assert (summary["dryRun"], summary["counters"]["added"], summary["error"]) == (True, 1, None)


def test_a_dry_run_that_cannot_read_the_registry_fails() -> None:
    make_registry(name="down", url=NOWHERE, insecure=True)
    output = StringIO()
    with pytest.raises(CommandError, match="1 of the dry runs failed"):
        call_command("sync_registry", "down", "--dry-run", stdout=output)
    assert "What to do" in output.getvalue()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ours", "--exclude", "v1"], "add --dry-run"),
        (["ours", "--dry-run", "--no-wait"], "omit --no-wait"),
        (["ours", "--dry-run", "--repository", "Not A Name"], "is not a valid repository name"),
    ],
)
def test_it_says_what_a_dry_run_takes(arguments: list[str], message: str) -> None:
    make_registry(name="ours")
    with pytest.raises(CommandError, match=message):
        sync_registry(*arguments)
    assert not SyncRun.objects.exists()
