from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from harborguard.access.models import Role
from registries import services
from registries.models import Credential, Registry
from registries.transport.endpoint import Credential as Login
from sync.models import State, SyncRun, Trigger
from tests.factories import SOMEBODY, make_registry
from tests.pages import signed_in
from tests.services.certificates import CertificateAuthority

pytestmark = pytest.mark.django_db

FILLED = {
    "name": "ours",
    "url": "https://registry.example.com",
    "provider": "distribution",
    "schedule": "weekly",
}


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


@pytest.fixture
def registry() -> Registry:
    return make_registry(name="ours", login=Login("robot", "canary-secret"))


def edit(client: Client, registry: Registry, **changed: str) -> Any:
    form = {**FILLED, "url": registry.url, "schedule": "daily", "username": "robot", **changed}
    return client.post(reverse("registry-edit", args=[registry.pk]), form)


def said(answer: HttpResponse) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))  # type: ignore[attr-defined]


def test_a_new_registry_is_saved_and_its_first_sync_queued(admin: Client) -> None:
    answer = admin.post(reverse("registry-connect"), FILLED)

    registry = Registry.objects.get()
    assert answer["Location"] == reverse("registry-detail", args=[registry.pk])
    assert registry.next_sync_at is not None
    run = SyncRun.objects.get()
    assert (run.state, run.trigger) == (State.QUEUED, Trigger.CONNECT)
    assert run.requested_by is not None
    assert not Credential.objects.exists()


def test_a_new_registry_stores_its_credentials_and_lists(admin: Client) -> None:
    lists = {"tag_include": "v1.*\r\n\r\n v2.* ", "known_repositories": "team/app\r\nteam/web"}
    admin.post(
        reverse("registry-connect"), {**FILLED, **lists, "username": "robot", "password": "s3cret "}
    )

    registry = Registry.objects.get()
    assert registry.tag_include == ["v1.*", "v2.*"]
    assert registry.repository_include == ["*"]
    assert registry.known_repositories == ["team/app", "team/web"]
    assert services.login_of(registry) == Login("robot", "s3cret ")


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("name", "", "This field is required."),
        ("url", "registry.example.com/v2/path", "Not a valid registry URL"),
        ("url", "http://registry.example.com", "Plain HTTP sends the credentials unencrypted"),
        ("provider", "nonsense", "Select a valid choice"),
        ("ca_pem", "not a certificate", "Not a PEM certificate"),
        ("tag_exclude", "*" * 11, "At most ten *"),
        ("known_repositories", "Not A Name", "is not a valid repository name"),
    ],
)
def test_an_error_is_shown_at_its_field(
    admin: Client, field: str, value: str, complaint: str
) -> None:
    answer = admin.post(reverse("registry-connect"), {**FILLED, field: value})

    assert answer.status_code == 200
    form = answer.context["form"]
    assert complaint in str(form.errors[field])
    assert f'id="id_{field}_error"></div>' not in answer.content.decode()
    assert form[field].field.widget.attrs["autofocus"]
    assert not Registry.objects.exists()


def test_a_name_is_unique(admin: Client, registry: Registry) -> None:
    answer = admin.post(reverse("registry-connect"), FILLED)

    assert "Another connection already has this name." in str(answer.context["form"].errors["name"])


def test_a_user_name_needs_its_password(admin: Client) -> None:
    answer = admin.post(reverse("registry-connect"), {**FILLED, "username": "robot"})

    assert "Enter the password" in str(answer.context["form"].errors["password"])


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("username", "ro:bot", "cannot contain a colon"),
        ("username", "ro\tbot", "control characters"),
        ("password", "sec\nret", "control characters"),
    ],
)
def test_credentials_that_http_cannot_carry_are_rejected_at_their_field(
    admin: Client, registry: Registry, field: str, value: str, complaint: str
) -> None:
    login = {"username": "robot", "password": "secret", field: value}
    connecting = admin.post(reverse("registry-connect"), {**FILLED, "name": "new", **login})

    for answer in (connecting, edit(admin, registry, **login)):
        assert complaint in str(answer.context["form"].errors[field])
    assert Registry.objects.get() == registry
    assert services.login_of(registry) == Login("robot", "canary-secret")


def test_a_trusted_token_server_is_shown_and_can_be_untrusted(
    admin: Client, registry: Registry
) -> None:
    trusted = ["https://a.example.com", "https://b.example.com"]
    services.change(registry.pk, trusted_realms=trusted, by=SOMEBODY)
    page = admin.get(reverse("registry-edit", args=[registry.pk])).content.decode()
    assert all(realm in page for realm in trusted)

    edit(admin, registry)
    registry.refresh_from_db()
    assert registry.trusted_realms == trusted

    edit(admin, registry, distrust="https://a.example.com")
    registry.refresh_from_db()
    assert registry.trusted_realms == ["https://b.example.com"]


def test_a_token_server_cannot_be_trusted_and_untrusted_at_once(
    admin: Client, registry: Registry
) -> None:
    realm = "https://a.example.com"
    services.change(registry.pk, trusted_realms=[realm], by=SOMEBODY)

    answer = edit(admin, registry, trust=realm, distrust=realm, tag_exclude="*-rc*")

    assert realm in str(answer.context["form"].errors["distrust"])
    registry.refresh_from_db()
    assert registry.tag_exclude == []


def test_empty_include_patterns_stay_empty_in_the_form(admin: Client, registry: Registry) -> None:
    form = admin.get(reverse("registry-edit", args=[registry.pk])).context["form"]

    assert form["tag_include"].value() == ""
    assert form["repository_include"].value() == ""


def test_an_invalid_form_does_not_return_the_password(admin: Client) -> None:
    form = {**FILLED, "name": "", "username": "robot", "password": "canary-secret"}

    page = admin.post(reverse("registry-connect"), form).content.decode()

    assert "canary-secret" not in page
    assert "Enter the password again" in page


def test_the_stored_secret_is_never_shown(admin: Client, registry: Registry) -> None:
    for name in ("registry-edit", "registry-detail", "registry-delete"):
        assert "canary" not in admin.get(reverse(name, args=[registry.pk])).content.decode()


def test_an_empty_password_keeps_the_credentials(admin: Client, registry: Registry) -> None:
    edit(admin, registry, tag_exclude="*-rc*")

    registry.refresh_from_db()
    assert registry.tag_exclude == ["*-rc*"]
    assert services.login_of(registry) == Login("robot", "canary-secret")


def test_the_same_certificate_is_no_change(admin: Client) -> None:
    pem = CertificateAuthority().pem
    registry = make_registry(name="ours", ca_pem=pem, login=Login("robot", "secret"))

    answer = edit(admin, registry, ca_pem=pem.replace("\n", "\r\n"))

    assert said(answer) == "No changes to save."
    assert Credential.objects.exists()


def test_a_new_url_removes_the_credentials_and_asks_for_them(
    admin: Client, registry: Registry
) -> None:
    answer = edit(admin, registry, url="https://elsewhere.example.com")

    assert not Credential.objects.exists()
    assert answer["Location"] == reverse("registry-edit", args=[registry.pk])
    assert "Enter credentials again" in said(answer)


def test_a_new_url_with_a_password_stores_credentials(admin: Client, registry: Registry) -> None:
    edit(admin, registry, url="https://elsewhere.example.com", password="new")

    registry.refresh_from_db()
    assert services.login_of(registry) == Login("robot", "new")


def test_credentials_are_removed_on_request(admin: Client, registry: Registry) -> None:
    edit(admin, registry, remove_credential="on")

    assert not Credential.objects.exists()


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({"username": "other"}, "password"),
        ({"username": ""}, "username"),
        ({"password": "new", "remove_credential": "on"}, "remove_credential"),
    ],
)
def test_incomplete_credentials_are_rejected(
    admin: Client, registry: Registry, entered: dict[str, str], field: str
) -> None:
    answer = edit(admin, registry, **entered)

    assert field in answer.context["form"].errors
    assert services.login_of(registry) == Login("robot", "canary-secret")


def test_new_credentials_reset_the_failures_of_the_old_ones(
    admin: Client, registry: Registry
) -> None:
    Registry.objects.filter(pk=registry.pk).update(consecutive_failures=7)

    edit(admin, registry, password="new")

    registry.refresh_from_db()
    assert registry.consecutive_failures == 0


def test_a_manual_schedule_is_never_due(admin: Client, registry: Registry) -> None:
    edit(admin, registry, schedule="weekly")
    registry.refresh_from_db()
    assert registry.next_sync_at is not None

    edit(admin, registry, schedule="manual")
    registry.refresh_from_db()
    assert registry.next_sync_at is None


def test_an_invalid_edit_changes_nothing_and_keeps_the_name_in_the_heading(
    admin: Client, registry: Registry
) -> None:
    page = edit(admin, registry, name="", tag_exclude="x").content.decode()

    assert "<title>Edit ours" in page
    registry.refresh_from_db()
    assert registry.tag_exclude == []


def test_a_product_without_options_is_saved_immediately(admin: Client) -> None:
    typed = {**FILLED, "url": "https://docker.io", "provider": "", "asked_for": "distribution"}
    admin.post(reverse("registry-connect"), typed)

    registry = Registry.objects.get()
    assert (registry.provider, registry.options) == ("docker-hub", {})


def test_a_different_product_starts_without_an_api_url(admin: Client) -> None:
    hub = {"provider": "docker-hub", "url": "https://docker.io"}
    login = Login("robot", "canary-secret")
    options = {"api_url": "https://hub.example.com"}
    registry = make_registry(name="ours", login=login, options=options, **hub)

    changed = {
        "provider": "gitlab",
        "asked_for": "docker-hub",
        "option_api_url": options["api_url"],
    }
    edit(admin, registry, **changed, password="for-gitlab")

    registry.refresh_from_db()
    assert (registry.provider, registry.options) == ("gitlab", {})


def test_a_schedule_that_nothing_would_trigger_is_rejected_at_its_field(admin: Client) -> None:
    gitlab = {"url": "https://registry.gitlab.com", "schedule": "on_push", "provider": ""}

    answer = admin.post(reverse("registry-connect"), {**FILLED, **gitlab})

    complaint = answer.context["form"].errors["schedule"]
    assert "registry.gitlab.com sends no webhooks" in str(complaint)
    admin.post(
        reverse("registry-connect"),
        {**FILLED, **gitlab, "url": "https://registry.example.com", "provider": "gitlab"},
    )
    assert Registry.objects.get().schedule == "on_push"


def test_an_invalid_option_is_rejected_at_its_field(admin: Client) -> None:
    form = {**FILLED, "provider": "docker-hub", "asked_for": "docker-hub"}

    answer = admin.post(reverse("registry-connect"), {**form, "option_namespaces": "a/../b"})

    assert "is not a valid name" in str(answer.context["form"].errors["option_namespaces"])


def test_an_error_is_a_sentence_and_says_how_to_fix_it(admin: Client) -> None:
    form = {**FILLED, "provider": "docker-hub", "option_api_url": "http://hub.example.com"}

    answer = admin.post(reverse("registry-connect"), form)

    [complaint] = answer.context["form"].errors["option_api_url"]
    assert complaint.startswith("Plain HTTP sends the credentials unencrypted")
    assert "turn on “plain HTTP”" in complaint
    assert not Registry.objects.exists()


def test_options_are_shown_and_can_be_changed(admin: Client) -> None:
    hub = {"provider": "docker-hub", "url": "https://docker.io"}
    login = Login("robot", "canary-secret")
    registry = make_registry(name="ours", login=login, options={"namespaces": ["acme"]}, **hub)
    page = admin.get(reverse("registry-edit", args=[registry.pk]))
    assert page.context["form"]["option_namespaces"].value() == "acme"
    assert "acme" in admin.get(reverse("registry-detail", args=[registry.pk])).content.decode()

    edit(admin, registry, **hub, asked_for="docker-hub", option_namespaces="acme\r\nlibrary")

    registry.refresh_from_db()
    assert registry.options == {"namespaces": ["acme", "library"]}


def test_a_new_api_url_removes_the_credentials(admin: Client) -> None:
    hub = {"provider": "docker-hub", "url": "https://docker.io"}
    login = Login("robot", "canary-secret")
    registry = make_registry(name="ours", login=login, **hub)

    edit(admin, registry, **hub, asked_for="docker-hub", option_api_url="https://hub.example.com")

    registry.refresh_from_db()
    assert registry.options == {"api_url": "https://hub.example.com"}
    assert not Credential.objects.exists()
