from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from harborguard.access.models import AuditEntry, Role
from registries.models import Registry
from sync.services import connecting
from tests.factories import SOMEBODY, make_registry
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


@pytest.fixture
def registry() -> Registry:
    return make_registry(name="ours", tag_exclude=["*-rc*"], schedule="daily")


def save(client: Client, registry: Registry, **changed: str) -> Any:
    form = {"schedule": "daily", "tag_exclude": "*-rc*", **changed}
    return client.post(reverse("registry-settings", args=[registry.pk]), form)


def test_filters_and_schedule_are_saved_and_audited(admin: Client, registry: Registry) -> None:
    answer = save(admin, registry, repository_include="team/*\r\nmirror/*", schedule="weekly")

    assert answer["Location"] == reverse("registry-detail", args=[registry.pk])
    registry.refresh_from_db()
    assert registry.repository_include == ["team/*", "mirror/*"]
    assert registry.tag_exclude == ["*-rc*"]
    assert registry.schedule == "weekly"
    entry = AuditEntry.objects.get(action=AuditEntry.Action.REGISTRY_CHANGED)
    assert {"repositoryInclude", "schedule"} <= entry.changes.keys()


def test_saving_the_same_values_is_no_change(admin: Client, registry: Registry) -> None:
    save(admin, registry)

    assert not AuditEntry.objects.filter(action=AuditEntry.Action.REGISTRY_CHANGED).exists()


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("tag_exclude", "*" * 11, "At most ten *"),
        ("known_repositories", "Not A Name", "is not a valid repository name"),
        ("schedule", "hourly", "Select a valid choice"),
    ],
)
def test_an_error_is_shown_at_its_field(
    admin: Client, registry: Registry, field: str, value: str, complaint: str
) -> None:
    answer = save(admin, registry, **{field: value})

    assert answer.status_code == 200
    assert complaint in str(answer.context["form"].errors[field])
    assert Registry.objects.get().tag_exclude == ["*-rc*"]


def test_an_unsupported_schedule_is_rejected_at_its_field(admin: Client) -> None:
    registry = make_registry(provider="gitlab", url="https://registry.gitlab.com")

    answer = save(admin, registry, schedule="on_push")

    assert "sends no webhooks" in str(answer.context["form"].errors["schedule"])


def test_errors_elsewhere_in_the_connection_are_shown_above_the_form(
    admin: Client, registry: Registry
) -> None:
    Registry.objects.filter(pk=registry.pk).update(url="http://ours.example.com")

    answer = save(admin, registry, tag_exclude="x")

    assert "url" in str(answer.context["form"].non_field_errors())
    assert "Nothing was saved" in answer.content.decode()


def opened(client: Client, registry: Registry) -> dict[str, str]:
    """Return the values that an open form submits."""
    form = client.get(reverse("registry-settings", args=[registry.pk])).context["form"]
    return {bound.html_name: bound.value() for bound in form}


def test_concurrent_edits_of_different_fields_are_both_kept(
    admin: Client, registry: Registry
) -> None:
    mine = opened(admin, registry)
    connecting.change(registry.pk, by=SOMEBODY, tag_exclude=["*-dev"], known_repositories=["a/b"])

    save(admin, registry, **mine | {"schedule": "weekly"})

    registry.refresh_from_db()
    assert (registry.schedule, registry.tag_exclude) == ("weekly", ["*-dev"])
    assert registry.known_repositories == ["a/b"]


def test_a_concurrent_edit_of_the_same_field_is_reported(admin: Client, registry: Registry) -> None:
    mine = opened(admin, registry) | {"tag_exclude": "x-*", "repository_exclude": "sandbox/*"}
    connecting.change(registry.pk, by=SOMEBODY, tag_exclude=["a-*", "b-*"], schedule="weekly")

    refused = save(admin, registry, **mine)

    form = refused.context["form"]
    assert form.errors.keys() == {"tag_exclude"}
    assert "it is now a-*, b-*" in str(form.errors["tag_exclude"])
    registry.refresh_from_db()
    assert (registry.tag_exclude, registry.repository_exclude) == (["a-*", "b-*"], [])
    again = {bound.html_name: bound.value() for bound in form}
    assert (again["tag_exclude"], again["schedule"]) == ("x-*", "weekly")

    save(admin, registry, **again)

    registry.refresh_from_db()
    assert (registry.tag_exclude, registry.schedule) == (["x-*"], "weekly")
    assert registry.repository_exclude == ["sandbox/*"]


def test_identical_concurrent_edits_are_not_reported(admin: Client, registry: Registry) -> None:
    mine = opened(admin, registry)
    connecting.change(registry.pk, by=SOMEBODY, tag_exclude=["x-*"])

    answer = save(admin, registry, **mine | {"tag_exclude": "x-*", "schedule": "weekly"})

    assert answer.status_code == 302
    assert Registry.objects.get().schedule == "weekly"


def test_the_pattern_for_everything_is_no_change(admin: Client, registry: Registry) -> None:
    save(admin, registry, **opened(admin, registry) | {"tag_include": "*\r\n"})

    assert not AuditEntry.objects.filter(action=AuditEntry.Action.REGISTRY_CHANGED).exists()


def test_the_registry_is_locked_while_it_is_saved(admin: Client, registry: Registry) -> None:
    with CaptureQueriesContext(connection) as queries:
        save(admin, registry, schedule="weekly")

    read = next(one["sql"] for one in queries if 'FROM "registries_registry"' in one["sql"])
    assert "FOR UPDATE" in read or connection.vendor == "sqlite"


def test_the_preview_uses_the_same_field_names(admin: Client, registry: Registry) -> None:
    page = admin.get(reverse("registry-settings", args=[registry.pk])).content.decode()

    preview = reverse("registry-dry-run", args=[registry.pk])
    assert f'formaction="{preview}">Preview as dry run' in page


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
def test_settings_are_for_admins_only(role: Role, registry: Registry) -> None:
    client = signed_in(role)

    assert client.get(reverse("registry-settings", args=[registry.pk])).status_code == 403
    assert save(client, registry, tag_exclude="x").status_code == 403
