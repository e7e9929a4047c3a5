"""A registry's page tells of pushes, without scripts."""

from __future__ import annotations

import html

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from harborguard.access.models import Role
from harborguard.clock import Now
from registries.models import Registry, Webhook
from registries.webhook import setup
from sync.models import PushDelivery
from tests.deliveries import deliver, pushed, webhook
from tests.factories import SOMEBODY, make_registry, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> Registry:
    return make_registry(schedule="on_push")


def page(registry: Registry, role: Role, further: str = "/deliveries") -> str:
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
    assert "Rotate URL and secret" not in told


@pytest.mark.parametrize("provider", ["distribution", "gitlab", "zot"])
def test_what_takes_effect_by_a_restart_is_restarted_last(provider: str) -> None:
    told = page(make_registry(provider=provider), Role.DEVELOPER)
    proof = told.index("to send with each" if provider != "distribution" else "sends with each")
    assert proof < max(told.rfind("Restart "), told.rfind("gitlab-ctl reconfigure"))


def test_it_names_the_options_that_the_proof_still_needs() -> None:
    account = {"push_account": "pushes@team.iam.gserviceaccount.com"}
    bare, whole = (
        page(make_registry(provider="artifact-registry", options=options), Role.DEVELOPER)
        for options in ({}, account)
    )
    assert "deliveries are rejected until these options are set: Push account" in bare
    assert "nothing is let in" not in whole


def test_a_viewer_sees_what_has_come_and_no_secret(registry: Registry) -> None:
    deliver(registry, pushed("team/app", "v1"))
    shown = webhook(registry)
    assert "team/app:v1 pushed" in page(registry, Role.VIEWER)
    for told in (page(registry, Role.VIEWER), page(registry, Role.VIEWER, "")):
        assert "Last delivery: <time" in told
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
    for told in (page(registry, Role.VIEWER), page(registry, Role.VIEWER, "")):
        assert "webhook is silent" in told


def test_the_secret_is_shown_where_the_proof_is_made_with_it(registry: Registry) -> None:
    assert "Webhook secret" in page(registry, Role.DEVELOPER)
    setup.choose_verification(registry, "url", by=SOMEBODY)

    told = page(registry, Role.DEVELOPER)

    assert "Webhook secret" not in told
    assert webhook(registry).secret not in told


def test_deliveries_are_narrowed_by_verdict_and_lead_to_their_run(registry: Registry) -> None:
    deliver(registry, pushed("team/app", "v1"))
    deliver(registry, pushed("team/other", "v2"), secret="wrong")
    PushDelivery.objects.filter(verdict="accepted").update(run_id=77)

    accepted, refused = (
        page(registry, Role.VIEWER, f"/deliveries?verdict={verdict}")
        for verdict in ("accepted", "refused")
    )

    assert "team/app:v1 pushed" in accepted
    assert 'href="/runs/77"' in accepted
    assert "header is missing or wrong" not in accepted
    assert "header is missing or wrong" in refused
    assert "team/app:v1 pushed" not in refused


def test_a_host_that_tells_nobody_of_pushes_is_not_set_up() -> None:
    registry = make_registry(provider="gitlab", url="https://registry.gitlab.com")

    told = page(registry, Role.DEVELOPER)

    assert "This registry sends no webhooks" in told
    assert "Set it up" not in told


def test_the_number_of_queries_does_not_grow(
    registry: Registry, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        deliver(registry, pushed("team/app", f"v{number}"))
    client = Client()
    client.force_login(make_user(Role.ADMIN))
    with django_assert_max_num_queries(5):
        client.get(f"/registries/{registry.pk}/deliveries")
