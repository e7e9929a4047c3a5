"""Logins of registries, through every door and into every kind of answer."""

from __future__ import annotations

from typing import Any

from tests.leaks.echoing_registry import FORMS, PLACES, EchoingRegistry
from tests.leaks.registries import DEAD, ROBOT, Registries
from tests.leaks.site import Site
from tests.wait import wait_until


def by_api(site: Site, registries: Registries) -> None:
    real = registries.real
    created = site.script.post(
        "/api/registries", json=connection("by API", real.url, ROBOT, real.password)
    )
    assert created.status_code == 201, created.text
    assert site.synced("by API")["status"] == "CONNECTED"
    path = created.headers["Location"]
    assert _test(site, f"{path}/test-connection")
    _try(site, f"{path}/dry-runs")

    change_credential(site, path, site.evidence.secret("changed by API"))
    assert not _test(site, f"{path}/test-connection")
    assert site.script.post(f"{path}/sync").status_code == 202
    assert site.synced("by API")["lastError"]["code"] == "authentication_failed"

    elsewhere = site.script.patch(path, json={"url": DEAD})
    assert elsewhere.status_code == 409
    moved = {
        "url": DEAD,
        "credential": {"username": ROBOT, "secret": site.evidence.secret("moved by API")},
    }
    assert site.script.patch(path, json=moved).status_code == 200
    assert not _test(site, f"{path}/test-connection")


def _try(site: Site, path: str) -> None:
    where = site.script.post(path, json={"tagFilters": {"exclude": ["v*"]}}).headers["Location"]
    wait_until(lambda: site.script.get(where).json()["finishedAt"], "the end of a dry run")
    assert site.script.get(where).json()["state"] == "succeeded"
    assert site.script.get(f"{where}/changes").json()["results"]
    assert site.admin.get(where.removeprefix("/api")).ok


def change_credential(site: Site, path: str, secret: str) -> None:
    change = {"credential": {"username": ROBOT, "secret": secret}}
    assert site.script.patch(path, json=change).status_code == 200


def by_page(site: Site, registries: Registries) -> None:
    tokens = registries.with_tokens
    form = {"provider": "distribution", "insecure": "on", "schedule": "weekly", "username": ROBOT}
    form |= {"name": "by page", "url": tokens.url, "password": tokens.password}
    for act in ("fields", "test", "preview"):
        assert (
            "Enter the password again"
            in site.admin.send_form(f"/registries/connect/{act}", **form).text
        )
    assert "by page" in site.admin.send_form("/registries/connect", **form).text
    path = f"/registries/{site.synced('by page')['id']}"
    realm = tokens.token_server.realm.removesuffix("/token")
    assert "Trust" in site.admin.send_form(f"{path}/test").text
    assert "team/app has" in site.admin.send_form(f"{path}/trust", realm=realm).text
    site.admin.send_form(f"{path}/sync")
    assert site.synced("by page")["status"] == "CONNECTED"

    again = site.admin.send_form("/registries/connect", **form)
    assert "already has this name" in again.text
    for field, wrong in _wrong_fields(site, tokens.url).items():
        answer = site.admin.send_form("/registries/connect", **{**form, "name": field, **wrong})
        assert "Nothing was saved" in answer.text, field

    form["password"] = site.evidence.secret("changed by page")
    assert "Saved" in site.admin.send_form(f"{path}/edit", **form).text
    assert "answered 401" in site.admin.send_form(f"{path}/test").text
    form |= {"url": registries.web_page.url, "password": ""}
    assert "leads to a different registry" in site.admin.send_form(f"{path}/edit", **form).text
    site.admin.send_form(f"{path}/sync")
    assert site.synced("by page")["status"] == "ERROR"


def _wrong_fields(site: Site, url: str) -> dict[str, dict[str, str]]:
    secret = site.evidence.secret
    return {
        "a line break": {"password": secret("a password with a line break") + "\n"},
        "no user name": {"username": "a:b", "password": secret("a password of a:b")},
        "in the URL": {
            "url": url.replace("://", f"://{ROBOT}:{secret('a password in a URL', around='')}@")
        },
    }


def by_command(site: Site, registries: Registries) -> None:
    real = registries.real
    login = ("--insecure", "--username", ROBOT, "--password-stdin")
    site.command("connect_registry", "by command", real.url, *login, stdin=f"{real.password}\n")
    assert site.synced("by command")["status"] == "CONNECTED"

    wrong = site.evidence.secret("a wrong password given to a command")
    site.command("connect_registry", "by command", real.url, *login, stdin=wrong, fails=True)
    path = f"/api/registries/{site.registry('by command')['id']}"
    change_credential(site, path, wrong)
    site.command("test_registry", "by command", fails=True)
    site.command("sync_registry", "by command", fails=True)
    change_credential(site, path, real.password)


def with_echoes(site: Site, registries: Registries) -> None:
    """Every form of a login in one place, and every place with a login and with a secret."""
    for form in FORMS:
        _echoed(site, registries.echo("Basic"), f"{form} at login")
    entered = {}
    for place in PLACES:
        echo = registries.echo("Bearer" if place == "token server" else "Basic")
        _echoed(site, echo, f"secret at {place}")
        name, secret = f"echo at {place}", site.evidence.secret(f"echoed at {place} of a sync")
        body = connection(name, echo.url, f"header at {place}", secret)
        assert site.script.post("/api/registries", json=body).status_code == 201
        entered[name] = (echo, secret)
    _echoed(site, registries.echo("Bearer"), "header at token")
    for name, (echo, secret) in entered.items():
        site.synced(name)
        assert secret in echo.secrets, name


def _echoed(site: Site, echo: EchoingRegistry, username: str) -> None:
    secret = site.evidence.secret(f"echoed as {username}")
    body = connection("", echo.url, username, secret)
    del body["name"]
    answer = site.script.post("/api/registries/test-connection", json=body)
    assert answer.status_code == 200, answer.text
    assert secret in echo.secrets


def _test(site: Site, path: str, body: dict[str, Any] | None = None) -> bool:
    answer = site.script.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["ok"])


def connection(name: str, url: str, username: str, secret: str) -> dict[str, Any]:
    return {
        "name": name,
        "url": url,
        "insecure": True,
        "credential": {"username": username, "secret": secret},
    }
