"""A registry's page tells of pushes, without scripts."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from harborguard.access.models import Role
from harborguard.clock import Now
from registries.models import Registry, Webhook
from tests.factories import make_registry, make_user
from tests.pushing import deliver, pushed, webhook

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> Registry:
    return make_registry(schedule="on_push")


def page(registry: Registry, role: Role, further: str = "") -> str:
    client = Client()
    client.force_login(make_user(role))
    answer = client.get(f"/registries/{registry.pk}{further}", follow=True)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_a_developer_sees_how_to_set_it_up(registry: Registry) -> None:
    shown = webhook(registry)
    told = page(registry, Role.DEVELOPER)
    assert shown.url in told
    assert f"Authorization: [Bearer {shown.secret}]" in told
    assert "Renew address and secret" not in told


@pytest.mark.parametrize("provider", ["distribution", "gitlab", "zot"])
def test_what_takes_effect_by_a_restart_is_restarted_last(provider: str) -> None:
    told = page(make_registry(provider=provider), Role.DEVELOPER)
    proof = told.index("add what is to be sent" if provider == "gitlab" else "to send with each")
    assert proof < max(told.rfind("Restart "), told.rfind("gitlab-ctl reconfigure"))


def test_it_names_the_options_that_the_proof_still_needs() -> None:
    account = {"push_account": "pushes@team.iam.gserviceaccount.com"}
    bare, whole = (
        page(make_registry(provider="artifact-registry", options=options), Role.DEVELOPER)
        for options in ({}, account)
    )
    assert "nothing is let in before the connection says: Account of pushes" in bare
    assert "nothing is let in" not in whole


def test_a_viewer_sees_what_has_come_and_no_secret(registry: Registry) -> None:
    deliver(registry, pushed("team/app", "v1"))
    shown = webhook(registry)
    for told in (page(registry, Role.VIEWER), page(registry, Role.VIEWER, "/deliveries")):
        assert "team/app:v1 pushed" in told
        assert shown.secret not in told
        assert shown.url not in told


def test_an_admin_renews_and_chooses_there(registry: Registry) -> None:
    before = webhook(registry)
    client = Client()
    client.force_login(make_user(Role.ADMIN))
    client.post(f"/registries/{registry.pk}/webhook/rotate")
    assert webhook(registry).url != before.url
    client.post(f"/registries/{registry.pk}/webhook/verification", {"verification": "url"})
    assert webhook(registry).verification == "url"
    client.post(f"/registries/{registry.pk}/webhook/verification", {"verification": "smile"})
    assert webhook(registry).verification == "url"


def test_a_silent_webhook_is_told(registry: Registry) -> None:
    webhook(registry)
    assert "webhook is silent" not in page(registry, Role.VIEWER)
    Webhook.objects.update(silent_since=Now())
    assert "webhook is silent" in page(registry, Role.VIEWER)
