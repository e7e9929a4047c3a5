from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as open_metrics,
)
from prometheus_client.parser import text_string_to_metric_families as plain_text
from pytest_django import Settings

from harborguard.access.keys import create_key
from harborguard.access.models import Role
from harborguard.ops.metrics.snapshot import Snapshot
from tests.factories import SOMEBODY, make_finished_run, make_registry, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_is_listed(settings: Settings) -> None:
    settings.METRICS_NETWORKS = ()


def listed(settings: Settings, network: str) -> None:
    settings.METRICS_NETWORKS = (ipaddress.ip_network(network),)


def get(**headers: str) -> tuple[int, str, str]:
    answer = Client().get("/metrics", headers=headers)
    return answer.status_code, answer["Content-Type"], answer.content.decode()


def test_a_stranger_learns_nothing_but_how_to_ask() -> None:
    make_registry(name="canary")
    answer = Client().get("/metrics")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert "canary" not in answer.content.decode()


def test_a_listed_address_may_scrape(settings: Settings) -> None:
    listed(settings, "127.0.0.0/8")

    assert get()[0] == 200


def test_an_address_that_is_not_listed_may_not(settings: Settings) -> None:
    listed(settings, "192.0.2.0/24")

    assert get()[0] == 401
    assert get(**{"X-Forwarded-For": "192.0.2.1"})[0] == 401


@pytest.mark.parametrize("role", list(Role))
def test_a_key_of_any_role_may_scrape(role: Role) -> None:
    _, key = create_key(make_user(role), "prometheus", role, by=SOMEBODY)

    assert get(Authorization=f"Bearer {key}")[0] == 200


@pytest.mark.parametrize("given", ["Bearer hg_nothing", "Basic YTpi", "Bearer"])
def test_a_wrong_key_is_refused_from_a_listed_address_too(settings: Settings, given: str) -> None:
    listed(settings, "127.0.0.0/8")

    assert get(Authorization=given)[0] == 401


def test_a_signed_in_browser_is_no_key() -> None:
    client = Client()
    client.force_login(make_user(Role.ADMIN))

    assert client.get("/metrics").status_code == 401


def test_what_prometheus_asks_for_is_what_it_gets(settings: Settings) -> None:
    listed(settings, "127.0.0.0/8")
    make_finished_run(make_registry(name='a "quoted"\\name'))

    status, content_type, body = get()
    assert (status, content_type.partition(";")[0]) == (200, "text/plain")
    assert {family.name for family in plain_text(body)} >= {"harborguard_sync_runs"}

    asked = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3"
    status, content_type, body = get(Accept=asked)
    assert (status, content_type.partition(";")[0]) == (200, "application/openmetrics-text")
    names = [
        sample.labels["registry"]
        for family in open_metrics(body)  # type: ignore[no-untyped-call]
        for sample in family.samples
        if sample.name == "harborguard_registry_images"
    ]
    assert names == ['a "quoted"\\name']


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_scrape_sees_one_moment() -> None:
    registry = make_registry()

    def add_a_run() -> None:
        make_finished_run(registry)
        connections.close_all()

    with after_the_first_query(add_a_run):
        snapshot = Snapshot.take()

    assert [registry.last_sync_at for registry in snapshot.registries] == [None]
    assert snapshot.ended == {}
    assert Snapshot.take().ended.keys() == {(registry.pk, "succeeded")}


@contextmanager
def after_the_first_query(happens: Callable[[], None]) -> Iterator[None]:
    """Let something happen, in another connection, once the registries have been read."""
    done: list[int] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if "registries_registry" in sql and not done:
            done.append(1)
            other = threading.Thread(target=happens)
            other.start()
            other.join()
        return result

    with connection.execute_wrapper(watch):
        yield
