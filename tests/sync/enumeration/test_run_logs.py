"""A worker's log, in production: which lines are of which run."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from structlog.contextvars import get_contextvars

from registries.models import Registry
from sync.enumeration import pipeline
from sync.models import Trigger
from sync.runs import lifecycle
from sync.services.starting import start_sync
from tests.factories import SOMEBODY, make_registry
from tests.services.celery_worker import CeleryWorker
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect
from tests.wait import wait_until

pytestmark = pytest.mark.slow


@pytest.mark.needs_redis
@pytest.mark.django_db(transaction=True)
def test_every_line_of_a_worker_is_json_and_those_of_a_run_carry_its_id(
    celery_worker: Callable[..., CeleryWorker],
) -> None:
    registry = make_registry()
    Registry.objects.filter(pk=registry.pk).update(trusted_realms=["not a URL"])
    worker = celery_worker("json", HARBORGUARD_LOG_FORMAT="json", LOG_LEVEL="DEBUG")

    run = start_sync(registry.pk, Trigger.MANUAL, by=SOMEBODY)
    wait_until(lambda: "internal_error" in worker.said(), "the run meets its fault")

    # Its banner comes before, and a line that it is still writing may come last.
    _, *written, _ = worker.said().partition(" ready.")[2].split("\n")
    lines = [json.loads(line) for line in written]
    [fault] = [line for line in lines if line["logger"] == "sync.enumeration.pipeline"]
    assert (fault["run_id"], fault["registry_id"]) == (run.pk, registry.pk)
    assert "ValueError" in fault["exception"]
    [end] = [line for line in lines if line["logger"] == "sync.enumeration.attempt"]
    assert (end["run_id"], end["state"], end["error_code"]) == (run.pk, "failed", "internal_error")
    # Of other tests' runs there may be messages too.
    called = [line for line in lines if line["message"].startswith("Task sync.run[")]
    assert any("received" in line["message"] for line in called)
    assert not any("run_id" in line for line in called)
    # LOG_LEVEL decides, and not the level of Celery's command line.
    assert "debug" in {line["level"] for line in lines}


@pytest.mark.django_db
def test_what_a_run_binds_is_unbound_when_it_ends(docker_registry: DockerRegistryFactory) -> None:
    registry = connect(docker_registry())
    run = lifecycle.request(registry.pk, Trigger.MANUAL)

    bound = [get_contextvars() for _ in pipeline.run(run.pk)]

    assert bound[0] == bound[-1] == {"run_id": run.pk, "registry_id": registry.pk}
    assert get_contextvars() == {}
