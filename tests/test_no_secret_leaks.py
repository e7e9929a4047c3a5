"""Secrets put into every field that takes one, and looked for in everything that can be seen.

Two things may show one: the answer that tells a new API key, and the line that tells the first
admin's password. Two may derive from one: a password's hash and a sealed envelope.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.leaks import (
    installations,
    walk_connections,
    walk_credential_keys,
    walk_faults,
    walk_people,
    walk_webhooks,
    walk_wrong_requests,
)
from tests.leaks.evidence import Evidence
from tests.leaks.registries import Registries, all_registries
from tests.leaks.site import Site
from tests.leaks.spider import read_every_page, read_the_whole_api

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc"),
    pytest.mark.slow,
]

PAGES = {
    *("/", "/registries/N", "/registries/N/edit", "/registries/N/runs", "/registries/N/changes"),
    *("/runs/N", "/repositories/N", "/keys", "/audit", "/password"),
    *("/admin/registries/registry/N/change/", "/admin/sync/syncrun/N/change/"),
    *("/admin/access/user/N/change/", "/admin/access/apikey/N/change/"),
    "/admin/access/auditentry/N/change/",
}
LISTS = {
    *("/api/registries", "/api/runs", "/api/repositories", "/api/images", "/api/events"),
    *("/api/providers", "/api/me", "/api/keys", "/api/users", "/api/audit"),
}


@pytest.fixture
def evidence() -> Evidence:
    return Evidence()


@pytest.fixture
def registries(
    evidence: Evidence, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Registries]:
    with all_registries(tmp_path_factory.mktemp("registries"), evidence) as registries:
        yield registries


@pytest.fixture
def production(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with installations.production(tmp_path_factory.mktemp("up"), evidence) as site:
        yield site


@pytest.fixture
def embedded(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with installations.embedded(tmp_path_factory.mktemp("up"), evidence) as site:
        yield site


@pytest.mark.needs_postgresql
@pytest.mark.needs_redis
def test_no_secret_is_seen_anywhere_in_production(
    production: Site, registries: Registries, evidence: Evidence
) -> None:
    walk_connections.by_command(production, registries)
    walk_connections.by_page(production, registries)
    walk_connections.by_api(production, registries)
    walk_connections.with_echoes(production, registries)
    _walk_on(production)
    walk_faults.fault_of_a_worker(production, "by command")
    walk_credential_keys.rotation(production, registries)

    _look_at_everything(production)
    _no_leaks(evidence, "BRPOP", "sync.run", "v1.new.")


def test_no_secret_is_seen_anywhere_while_somebody_looks_for_a_fault(
    embedded: Site, registries: Registries, evidence: Evidence
) -> None:
    walk_connections.by_page(embedded, registries)
    _walk_on(embedded)

    _look_at_everything(embedded)
    _no_leaks(evidence, "SQLite format 3", '"task": "sync.run"', "v1.local.")


def _walk_on(site: Site) -> None:
    path = "/api/registries/1"
    viewer = walk_people.passwords(site)
    walk_people.keys(site, viewer)
    walk_wrong_requests.refused_bodies(site, path)
    walk_wrong_requests.strangers(site, viewer)
    walk_webhooks.calls(site, path)
    walk_faults.faults(site, path)


def _look_at_everything(site: Site) -> None:
    assert read_every_page(site.admin) >= PAGES
    assert read_the_whole_api(site.script) >= LISTS
    for path in ("/readyz", "/metrics", "/api/docs"):
        site.admin.get(path)
    site.finish()


def _no_leaks(evidence: Evidence, *seen: str) -> None:
    """``seen`` is harmless, and shows that the places were looked at where secrets could be."""
    for text in (*seen, "registry.connected", '"level": "debug"', "team/app"):
        assert evidence.holds(text), f"{text} should have been seen"
    leaks = evidence.leaks()
    assert not leaks, "\n".join(leaks)
