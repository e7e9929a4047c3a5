"""Runs for what pushes named, against a real registry: what they read, and what they leave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from inventory.models import Image
from inventory.reconcile import Key, Observed
from registries.errors import AuthenticationFailed, CatalogForbidden
from registries.models import Registry, Status
from registries.oci.client import OCIClient
from registries.oci.reference import Reference
from registries.providers.distribution.provider import DistributionClient
from registries.providers.shared.base import Resolution
from sync import tasks
from sync.enumeration import absence, pipeline, steps
from sync.enumeration import pushed as push_run
from sync.enumeration.attempt import Attempt
from sync.enumeration.observe import Window, observe
from sync.models import PendingPush, State, SyncRun, Trigger
from sync.pushes import noting, pending, push_runs
from sync.pushes.pending import Target
from sync.runs import lifecycle, queue
from sync.runs.lifecycle import LeaseLost, Progress, Result
from sync.services.starting import start_sync
from tests.factories import SOMEBODY, let_lease_run_out, make_claim, make_registry
from tests.services.docker_registry import DockerRegistry
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, inventory_of, sync

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Nobody comes when a worker is called: the ids of what it was called for."""
    called: list[int] = []
    monkeypatch.setattr(queue, "send", lambda task, ident, **options: called.append(ident))
    return called


@pytest.fixture
def service(docker_registry: DockerRegistryFactory) -> DockerRegistry:
    service = docker_registry()
    service.seed(["team/app", "team/other"], ["v1", "v2"])
    return service


@pytest.fixture
def registry(service: DockerRegistry) -> Registry:
    registry = connect(service)
    sync(registry)
    return registry


def note(registry: Registry, *targets: Target) -> None:
    noting.note(registry.pk, targets, lifecycle.now(registry.pk))


def read(registry: Registry, *targets: Target) -> SyncRun:
    note(registry, *targets)
    run = push_runs.request(registry.pk)
    assert run is not None
    for _ in pipeline.carry_out(run.pk):
        pass
    run.refresh_from_db()
    return run


def the(registry: Registry) -> Registry:
    return Registry.objects.get(pk=registry.pk)


def live(registry: Registry) -> list[str]:
    states = [State.QUEUED, State.RUNNING]
    found = SyncRun.objects.filter(registry=registry, state__in=states)
    return list(found.values_list("trigger", flat=True))


def attempt_of(registry: Registry) -> Attempt:
    claim = make_claim(registry)
    return Attempt(claim, SyncRun.objects.select_related("registry").get(pk=claim.run_id))


def test_a_named_tag_alone_is_read(service: DockerRegistry, registry: Registry) -> None:
    service.push_image("team/app", "v3", "three")
    service.push_image("team/app", "v4", "four")
    run = read(registry, Target("team/app", "v3"))
    assert (run.state, run.added, run.requests_sent) == (State.SUCCEEDED, 1, 1)
    assert inventory_of(registry)["team/app"].keys() == {"v1", "v2", "v3"}


def test_a_named_repository_is_read_whole(service: DockerRegistry, registry: Registry) -> None:
    service.push_image("team/app", "v3", "three")
    service.push_image("team/app", "v1", "moved")
    service.delete_tag("team/app", "v2")
    run = read(registry, Target("team/app"))
    assert (run.added, run.moved, run.removed) == (1, 1, 1)
    assert inventory_of(registry) == service.inventory()


def test_a_tag_that_the_registry_denies_is_removed(
    service: DockerRegistry, registry: Registry
) -> None:
    service.delete_tag("team/app", "v1")
    run = read(registry, Target("team/app", "v1"))
    assert (run.state, run.removed) == (State.SUCCEEDED, 1)
    assert inventory_of(registry) == service.inventory()


def test_a_tag_that_may_only_be_hidden_is_held(
    service: DockerRegistry, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    plainly = DistributionClient.resolution

    def doubtfully(client: DistributionClient, reference: Reference) -> Resolution:
        return replace(plainly(client, reference), doubtful=True)

    monkeypatch.setattr(DistributionClient, "resolution", doubtfully)
    service.delete_tag("team/app", "v1")

    run = read(registry, Target("team/app", "v1"))

    assert (run.removed, run.held) == (0, 1)
    assert "v1" in inventory_of(registry)["team/app"]


def test_a_told_delete_alone_removes_nothing(service: DockerRegistry, registry: Registry) -> None:
    run = read(registry, Target("team/app", "v1"))
    assert (run.removed, inventory_of(registry)) == (0, service.inventory())


def test_a_repository_that_is_gone_leaves(service: DockerRegistry, registry: Registry) -> None:
    service.delete_repository("team/other")
    read(registry, Target("team/other"))
    assert inventory_of(registry) == service.inventory()


def test_very_much_at_once_is_held(docker_registry: DockerRegistryFactory) -> None:
    service = docker_registry()
    service.seed(["team/app"], [f"v{number}" for number in range(60)])
    registry = connect(service)
    sync(registry)
    for number in range(30):
        service.delete_tag("team/app", f"v{number}")
    run = read(registry, *[Target("team/app", f"v{number}") for number in range(30)])
    assert (run.state, run.held, run.removed) == (State.PARTIAL, 30, 0)
    assert len(inventory_of(registry)["team/app"]) == 60


def test_what_the_filters_exclude_is_dropped(service: DockerRegistry) -> None:
    registry = connect(service, tag_exclude=["v2"], repository_exclude=["team/other"])
    run = read(registry, Target("team/app", "v2"), Target("team/other"), Target("team/app", "v1"))
    assert run.state == State.SUCCEEDED
    assert inventory_of(registry).keys() == {"team/app"}
    assert inventory_of(registry)["team/app"].keys() == {"v1"}
    assert pending.due_in(registry.pk) is None


def test_it_says_nothing_of_the_schedule_and_of_health(registry: Registry) -> None:
    before = the(registry)
    run = read(registry, Target("team/app"))
    after = the(registry)
    for column in ("last_sync_at", "last_attempt_at", "next_sync_at", "health", "status"):
        assert getattr(after, column) == getattr(before, column)
    assert run.repositories_read == 1


def test_the_registry_is_not_syncing_meanwhile(registry: Registry) -> None:
    note(registry, Target("team/app"))
    assert push_runs.request(registry.pk) is not None
    assert the(registry).status == Status.CONNECTED


def test_a_registry_that_cannot_be_read_is_in_error_until_it_can(
    service: DockerRegistry, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> Any:
        raise AuthenticationFailed("Authentication failed: the registry refuses the credential")

    with monkeypatch.context() as patch:
        patch.setattr(OCIClient, "manifest", refuse)
        run = read(registry, Target("team/app", "v1"))
    assert run.state == State.FAILED
    now = the(registry)
    assert (now.status, now.error_code) == (Status.ERROR, "authentication_failed")
    assert (now.health, now.consecutive_failures) == (100, 0)
    note(registry, Target("team/other", "v1"))
    assert push_runs.request(registry.pk) is None, "the next one has to wait"
    SyncRun.objects.filter(pk=run.pk).update(finished_at="2020-01-01T00:00:00Z")
    read(registry, Target("team/new", "v1"))
    assert (the(registry).status, the(registry).error_code) == (Status.CONNECTED, "")


def test_an_error_of_a_sync_outlives_what_pushes_read(registry: Registry) -> None:
    claim = make_claim(registry)
    error = CatalogForbidden("The registry does not list its catalog")
    lifecycle.finish(claim, Result(State.FAILED, Progress(), error=error))
    read(registry, Target("team/app", "v1"))
    assert (the(registry).status, the(registry).error_code) == (Status.ERROR, error.code)


def test_where_the_catalog_is_refused_pushes_teach_what_there_is(
    service: DockerRegistry,
) -> None:
    registry = connect(service)
    error = CatalogForbidden("The registry does not list its catalog")
    lifecycle.finish(make_claim(registry), Result(State.FAILED, Progress(), error=error))
    read(registry, Target("team/app", "v1"), Target("team/none", "v1"))
    assert the(registry).known_repositories == ["team/app"]


def test_a_repository_that_cannot_be_read_waits_for_its_next_turn(
    service: DockerRegistry, registry: Registry
) -> None:
    service.stop()
    try:
        run = read(registry, Target("team/app", "v1"))
    finally:
        service.start()
    assert (run.state, run.repositories_failed) == (State.PARTIAL, 1)
    assert the(registry).status == Status.CONNECTED
    wait = pending.due_in(registry.pk)
    assert wait is not None
    assert 5 < wait <= 10


def test_a_sync_supersedes_a_run_for_pushes_and_reads_what_it_was_for(
    service: DockerRegistry, registry: Registry
) -> None:
    service.push_image("team/app", "v3", "three")
    note(registry, Target("team/app", "v3"))
    run = push_runs.request(registry.pk)
    assert run is not None
    claim = lifecycle.claim(run.pk, "a worker")
    assert claim is not None
    full = start_sync(registry.pk, Trigger.MANUAL, by=SOMEBODY)
    assert SyncRun.objects.get(pk=run.pk).state == State.SUPERSEDED
    with pytest.raises(LeaseLost):
        lifecycle.renew(claim)
    for _ in pipeline.carry_out(full.pk):
        pass
    assert inventory_of(registry) == service.inventory()
    assert pending.due_in(registry.pk) is None
    assert live(registry) == []


def test_a_sync_that_is_on_reads_what_is_pushed_meanwhile(
    service: DockerRegistry, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window in hand was read before the push, and must not undo it."""
    monkeypatch.setattr("sync.enumeration.reader._SIDE_TASK_EVERY_SECONDS", 0.0)
    begun: list[bool] = []
    original = observe

    def observed_before(*args: Any) -> Iterator[Window]:
        for window in original(*args):
            if not begun:
                begun.append(True)
                service.push_image("team/app", "v1", "newer")
                service.delete_tag("team/other", "v2")
                note(registry, Target("team/app", "v1"), Target("team/other"))
                connection.close()  # of this thread, which reads ahead
            yield window

    monkeypatch.setattr(steps, "observe", observed_before)
    run = sync(registry)
    assert run.state == State.SUCCEEDED
    assert inventory_of(registry) == service.inventory()
    assert (run.moved, run.removed, run.restored) == (1, 1, 0)
    assert pending.due_in(registry.pk) is None


def test_a_stale_window_does_not_undo_what_a_push_has_read(registry: Registry) -> None:
    attempt = attempt_of(registry)
    stale = {
        name: Image.objects.get(repository__name="team/app", tag=name) for name in ("v1", "v2")
    }
    attempt.comparison.read_by_push = {Target("team/app", "v1")}
    window = Window(
        observed={Key("team/app", tag): Observed(f"sha256:{'0' * 64}") for tag in stale},
        listed={"team/app": {"v1", "v2"}},
    )
    attempt.comparison.add_window(window)
    now = inventory_of(registry)["team/app"]
    assert now["v1"] == stale["v1"].digest
    assert now["v2"] == f"sha256:{'0' * 64}"


def test_a_stale_listing_lacks_nothing_of_what_a_push_has_read(registry: Registry) -> None:
    attempt = attempt_of(registry)
    attempt.comparison.read_by_push = {Target("team/app")}
    attempt.comparison.add_window(Window(listed={"team/app": {"v2"}, "team/other": {"v2"}}))
    [missing] = attempt.comparison.missing
    assert missing == Image.objects.get(repository__name="team/other", tag="v1").pk


def test_what_was_pushed_again_after_it_was_found_gone_stays(registry: Registry) -> None:
    attempt = attempt_of(registry)
    attempt.comparison.names, attempt.comparison.catalog_complete = ["team/app", "team/other"], True
    image = Image.objects.get(repository__name="team/app", tag="v1")
    missing = absence.MissingImages()
    missing.to_remove.append(image.pk)
    attempt.comparison.read_by_push = {Target("team/app")}
    absence.decide(missing.without_read_by_push(attempt.comparison), attempt.comparison)
    assert "v1" in inventory_of(registry)["team/app"]


@contextmanager
def at_the_end_of_a_run(
    monkeypatch: pytest.MonkeyPatch, act: Any, *, after: bool
) -> Iterator[None]:
    """Something happens just before a run ends, or just after."""
    finish = lifecycle.finish

    def finishing(*args: Any) -> None:
        if not after:
            act()
        finish(*args)
        if after:
            act()

    with monkeypatch.context() as patch:
        patch.setattr(lifecycle, "finish", finishing)
        yield


@pytest.mark.parametrize("after", [False, True], ids=["before its end", "after its end"])
def test_a_push_at_the_end_of_a_run_is_not_lost(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, rung: list[int], after: bool
) -> None:
    def push() -> None:
        note(registry, Target("team/other", "v1"))
        push_runs.queue_if_due(registry.pk)

    with at_the_end_of_a_run(monkeypatch, push, after=after):
        read(registry, Target("team/app", "v1"))
    assert live(registry) == ["push"]
    assert len(rung) == 1


def test_a_push_whose_message_was_lost_is_found_by_the_tick(
    registry: Registry, rung: list[int]
) -> None:
    note(registry, Target("team/app", "v1"))
    tasks.tick()
    assert live(registry) == ["push"]
    assert rung == [SyncRun.objects.get(trigger=Trigger.PUSH).pk]


def test_what_is_due_soon_is_waited_for_in_the_same_run(
    service: DockerRegistry, registry: Registry, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUSH_WINDOW_SECONDS = 0.5
    original = push_run.Batch.read
    pushed: list[bool] = []

    def read_and_push(batch: push_run.Batch, client: Any) -> None:
        original(batch, client)
        if not pushed:
            pushed.append(True)
            service.push_image("team/app", "v3", "three")
            note(registry, Target("team/app", "v3"))

    monkeypatch.setattr(push_run.Batch, "read", read_and_push)
    read(registry, Target("team/app", "v1"))
    assert inventory_of(registry) == service.inventory()
    assert SyncRun.objects.filter(trigger=Trigger.PUSH).count() == 1


def test_a_lost_worker_postpones_what_its_run_was_for() -> None:
    registry = make_registry()
    note(registry, Target("team/app", "v1"))
    run = push_runs.request(registry.pk)
    assert run is not None
    assert lifecycle.claim(run.pk, "a worker") is not None
    let_lease_run_out(registry)
    push_runs.give_up(run)
    assert SyncRun.objects.get(pk=run.pk).state == State.FAILED
    assert PendingPush.objects.get().attempts == 1
