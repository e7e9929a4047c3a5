"""Faults that nobody has thought of, while a secret is in somebody's hands."""

from __future__ import annotations

from tests.leaks.registries import DEAD, ROBOT
from tests.leaks.site import Site
from tests.leaks.walk_connections import connection
from tests.wait import wait_until


def faults(site: Site, registry_path: str) -> None:
    _while_it_connects(site, registry_path)
    _while_it_tests(site)
    _while_somebody_signs_in(site)


def _while_it_connects(site: Site, registry_path: str) -> None:
    secret = site.evidence.secret("entered before a fault")
    body = connection("never", DEAD, ROBOT, secret)
    form = {"provider": "distribution", "insecure": "on", "schedule": "daily"}
    form |= {"name": "never", "url": DEAD, "username": ROBOT, "password": secret}
    with site.database.without("registries_credential"):
        answers = [
            site.script.post("/api/registries", json=body),
            site.script.patch(registry_path, json={"credential": body["credential"]}),
            site.admin.send_form("/registries/connect", **form),
            site.admin.send_form(f"{registry_path.removeprefix('/api')}/edit", **form),
        ]
        site.command(
            *("connect_registry", "never", DEAD, "--insecure"),
            *("--username", ROBOT, "--password-stdin"),
            stdin=secret,
            fails=True,
        )
    assert [answer.status_code // 100 for answer in answers] == [5] * 4


def _while_it_tests(site: Site) -> None:
    body = connection("never", DEAD, ROBOT, site.evidence.secret("tested before a fault"))
    with site.database.without("access_auditentry"):
        answer = site.script.post("/api/registries/test-connection", json=body)
    assert answer.status_code // 100 == 5


def _while_somebody_signs_in(site: Site) -> None:
    secret = site.evidence.secret("a password before a fault")
    with site.database.without("access_user"):
        answer = site.visitor().sign_in("ada", secret)
    assert answer.status_code == 500


def fault_of_a_worker(site: Site, name: str) -> None:
    """Break the registry in the middle of a sync that has used its credentials."""
    sync = f"/api/registries/{site.registry(name)['id']}/sync"
    with site.database.without("inventory_repository"):
        assert site.script.post(sync).status_code == 202
        said = r"relation \"inventory_repository\" does not exist"
        wait_until(lambda: said in site.installation.output, said)
