"""Setting a webhook up through the API, and seeing what has come."""

from __future__ import annotations

import dataclasses

import pytest

from harborguard.access.models import AuditEntry, Role
from registries.models import Registry, Webhook
from registries.providers import PROVIDERS
from tests.api_client import caller
from tests.deliveries import deliver, pushed, webhook
from tests.factories import make_registry

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> Registry:
    return make_registry()


def here(registry: Registry, *further: str) -> str:
    return "/".join(["/api/registries", str(registry.pk), *further])


def test_the_address_is_for_developers(registry: Registry) -> None:
    shown = webhook(registry)
    assert caller(Role.VIEWER).get(here(registry)).json()["webhookUrl"] is None
    assert caller(Role.DEVELOPER).get(here(registry)).json()["webhookUrl"] == shown.url
    assert caller(Role.VIEWER).get(here(registry, "webhook")).status_code == 403


def test_the_set_up_steps_have_address_and_secret_filled_in(registry: Registry) -> None:
    told = caller(Role.DEVELOPER).get(here(registry, "webhook")).json()
    shown = webhook(registry)
    assert (told["url"], told["secret"]) == (shown.url, shown.secret)
    assert told["verification"] == "authorization"
    assert [choice["slug"] for choice in told["choices"]] == ["authorization", "url"]
    steps = "\n".join(told["choices"][0]["steps"])
    assert told["url"] in steps
    assert told["secret"] in steps
    assert "{" not in steps


def test_a_public_address_of_the_installation_comes_first(
    registry: Registry, settings: object
) -> None:
    settings.PUBLIC_URL = "https://harborguard.example.com/"  # type: ignore[attr-defined]
    told = caller(Role.DEVELOPER).get(here(registry)).json()["webhookUrl"]
    assert told.startswith("https://harborguard.example.com/api/webhooks/distribution/")


def test_an_admin_renews_address_and_secret(registry: Registry) -> None:
    before = webhook(registry)
    assert caller(Role.DEVELOPER).post(here(registry, "webhook/rotate")).status_code == 403
    told = caller(Role.ADMIN).post(here(registry, "webhook/rotate")).json()
    assert told["url"] != before.url
    assert told["secret"] != before.secret
    assert told["previousValidUntil"] is not None
    entry = AuditEntry.objects.get(action="webhook.rotated")
    for secret in (told["secret"], told["url"].rpartition("/")[2], before.secret):
        assert secret not in repr(entry.changes)


def test_an_admin_chooses_the_proof(registry: Registry) -> None:
    path = here(registry, "webhook")
    wrong = caller(Role.ADMIN).patch(path, {"verification": "smile"}, format="json")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["verification"])
    told = caller(Role.ADMIN).patch(path, {"verification": "url"}, format="json").json()
    assert told["verification"] == "url"
    entry = AuditEntry.objects.get(action="webhook.changed")
    assert entry.changes == {"webhook.verification": {"from": "authorization", "to": "url"}}


def test_what_has_come_is_listed(registry: Registry) -> None:
    deliver(registry, pushed("team/app", "v1"))
    deliver(registry, b"no json")
    viewer = caller(Role.VIEWER)
    told = viewer.get(here(registry, "deliveries")).json()["results"]
    assert [one["verdict"] for one in told] == ["unreadable", "accepted"]
    assert told[1]["named"] == [{"repository": "team/app", "tag": "v1", "action": "pushed"}]
    some = viewer.get(here(registry, "deliveries?verdict=accepted&pageSize=1")).json()
    assert [one["verdict"] for one in some["results"]] == ["accepted"]
    none = viewer.get(here(registry, "deliveries"), {"since": "2990-01-01T00:00:00Z"}).json()
    assert none["results"] == []
    assert viewer.get(here(registry)).json()["lastPushAt"] is not None


@pytest.fixture
def dumb(monkeypatch: pytest.MonkeyPatch) -> str:
    """A product that sends no webhooks."""
    product = dataclasses.replace(PROVIDERS["distribution"], slug="dumb", pushes=None)
    monkeypatch.setitem(PROVIDERS, "dumb", product)
    return "dumb"


def test_a_product_without_pushes_has_no_webhook(dumb: str) -> None:
    registry = make_registry(provider=dumb)
    assert caller(Role.ADMIN).get(here(registry)).json()["webhookUrl"] is None
    answer = caller(Role.ADMIN).get(here(registry, "webhook"))
    assert (answer.status_code, answer.json()["code"]) == (404, "no_pushes")
    assert not Webhook.objects.exists()


def test_it_cannot_rely_on_pushes_either(dumb: str) -> None:
    registry = make_registry(schedule="on_push")
    Registry.objects.filter(pk=registry.pk).update(provider=dumb)
    answer = caller(Role.ADMIN).patch(
        here(registry), {"schedule": "on_push", "name": "other"}, format="json"
    )
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["schedule"])


def test_another_product_has_another_address(registry: Registry) -> None:
    before = webhook(registry)
    harbor = next(slug for slug, one in PROVIDERS.items() if one.pushes and slug == "harbor")
    caller(Role.ADMIN).patch(here(registry), {"provider": harbor}, format="json")
    after = webhook(registry)
    assert f"/api/webhooks/{harbor}/" in after.url
    assert before.url.rpartition("/")[2] not in after.url
