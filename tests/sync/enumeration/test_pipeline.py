"""Ways out of a run that are not the registry's doing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, connections
from pytest_django import Settings

from harborguard.access.models import Role
from inventory.models import Image, ImageEvent
from registries import services
from registries.models import Registry, Status
from registries.transport.endpoint import Credential
from sync.enumeration import pipeline
from sync.models import Phase, State, SyncRun, Trigger
from sync.runs import lifecycle
from tests.factories import SOMEBODY, let_lease_run_out, make_registry, make_user
from tests.fakes import replies
from tests.fakes.http_server import FakeServer, fake_server
from tests.fakes.registry import serve_repositories
from tests.sync_run import inventory_of, sync

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as server:
        serve_repositories(server, ["team/app"], ["v1", "v2"])
        yield server


@pytest.fixture
def registry(server: FakeServer) -> Registry:
    return make_registry(url=server.url, insecure=True)


def test_progress_is_told_phase_by_phase_and_kept_on_the_run(registry: Registry) -> None:
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    phases = []
    for progress in pipeline.run(run.pk):
        phases.append(progress.phase)
        run.refresh_from_db()
        assert run.is_live or run.state == State.SUCCEEDED
    assert list(dict.fromkeys(phases)) == [Phase.PING, Phase.CATALOG, Phase.TAGS, Phase.ABSENCE]
    assert (run.phase, run.repositories_listed, run.repositories_read) == (Phase.DONE, 1, 1)
    assert (run.tags_seen, run.requests_sent) == (2, 5)


def test_what_the_filters_leave_out_is_not_counted_as_still_to_be_read(
    server: FakeServer, registry: Registry
) -> None:
    serve_repositories(server, ["team/app", "sandbox/a", "sandbox/b"], ["v1"])
    services.change(registry.pk, repository_exclude=["sandbox/*"], by=SOMEBODY)

    run = sync(registry)

    assert (run.repositories_listed, run.repositories_read) == (1, 1)


def test_a_run_that_another_worker_has_is_left_alone(registry: Registry) -> None:
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    lifecycle.claim(run.pk, "another")
    assert list(pipeline.run(run.pk)) == []


def test_a_worker_that_is_told_to_stop_gives_the_run_back(registry: Registry) -> None:
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    steps = pipeline.run(run.pk)
    next(steps)
    steps.close()
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.QUEUED, 0)
    assert sync_queued(run).state == State.SUCCEEDED


def sync_queued(run: SyncRun) -> SyncRun:
    for _ in pipeline.run(run.pk):
        pass
    run.refresh_from_db()
    return run


def test_a_fault_of_ours_ends_the_run_and_is_said_without_its_details(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr("sync.enumeration.absence.settle", fault)
    run = sync(registry)
    assert (run.state, run.error_code) == (State.FAILED, "internal_error")
    assert "canary" not in run.error_message
    assert inventory_of(registry)["team/app"].keys() == {"v1", "v2"}


def test_a_credential_whose_key_is_gone_fails_the_run(
    server: FakeServer, settings: Settings
) -> None:
    registry = make_registry(url=server.url, insecure=True, login=Credential("me", "canary"))
    settings.CREDENTIAL_KEYS = f"other:{'ab' * 32}"
    run = sync(registry)
    assert run.error_code == "credential_unreadable"
    assert server.connections == 0


def test_the_longest_user_name_fits_into_the_history(registry: Registry) -> None:
    user = make_user(Role.DEVELOPER, username="u" * 150)
    run = lifecycle.request(registry.pk, Trigger.SCHEDULE, user=user)
    assert sync_queued(run).state == State.SUCCEEDED
    assert ImageEvent.objects.latest("pk").actor == f"{'u' * 150} (schedule)"


def test_an_edit_in_mid_run_stops_the_run_and_the_next_worker_reads_the_new_filters(
    registry: Registry,
) -> None:
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    steps = pipeline.run(run.pk)
    next(steps)
    services.change(registry.pk, tag_include=["v2"], by=SOMEBODY)
    assert list(steps) == []
    assert not Image.objects.exists()
    sync_queued(run)
    assert inventory_of(registry)["team/app"].keys() == {"v2"}


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_run_whose_database_went_away_goes_on_after_its_lease(registry: Registry) -> None:
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    steps = pipeline.run(run.pk)
    next(steps)
    cut_database_connection()
    assert list(steps) == []
    connections.close_all()
    run.refresh_from_db()
    assert run.state == State.RUNNING
    assert Registry.objects.get(pk=registry.pk).status == Status.SYNCING
    let_lease_run_out(registry)
    assert sync_queued(run).state == State.SUCCEEDED


def cut_database_connection() -> None:
    """Cut the connection, as a failover does."""
    other = connection.copy()
    try:
        with connection.cursor() as ours, other.cursor() as theirs:
            ours.execute("SELECT pg_backend_pid()")
            theirs.execute("SELECT pg_terminate_backend(%s, 5000)", ours.fetchone())
    finally:
        other.close()


def test_no_secret_is_kept_of_a_run_in_which_every_request_failed(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.routes["/v2/"] = replies.unauthorized('Basic realm="canary-secret"')
    login = Credential("robot", "canary-secret")
    run = sync(make_registry(url=server.url, insecure=True, login=login))
    assert run.error_code == "authentication_failed"
    assert "canary" not in caplog.text
    assert "canary" not in repr(SyncRun.objects.values().get(pk=run.pk))
