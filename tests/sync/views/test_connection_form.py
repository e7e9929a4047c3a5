from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from harborguard.access.models import Role
from registries.models import Registry
from registries.transport.endpoint import Credential as Login
from tests.factories import make_registry
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
ADDRESS = "/registries/connect/fields"


@pytest.fixture
def admin() -> Client:
    return signed_in(Role.ADMIN)


def fields(client: Client, typed: dict[str, str], **headers: str) -> Any:
    return client.post(ADDRESS, {"asked_for": "distribution", **typed}, headers=headers)


def names_in(answer: Any) -> set[str]:
    return set(re.findall(r'name="option_(\w+)"', answer.content.decode()))


def test_the_detected_product_shows_its_own_fields(admin: Client) -> None:
    answer = fields(admin, {"url": "docker.io"}, **HTMX)

    page = answer.content.decode()
    assert "Detected from the URL: Docker Hub." in page
    assert names_in(answer) == {"namespaces", "api_url"}
    assert "Docker ID or organization" in page
    assert 'name="asked_for" value="docker-hub"' in page
    assert 'name="password"' not in page
    assert not Registry.objects.exists()


def test_nothing_is_replaced_while_the_product_is_the_same(admin: Client) -> None:
    answer = fields(admin, {"url": "registry.example.com"}, **HTMX)

    page = answer.content.decode()
    assert "using the generic OCI API" in page
    assert "hx-swap-oob" not in page


def test_a_key_file_gets_a_multiline_field(admin: Client) -> None:
    google = fields(admin, {"provider": "artifact-registry"}, **HTMX).content.decode()
    typed = {"provider": "distribution", "asked_for": "artifact-registry"}
    plain = fields(admin, typed, **HTMX).content.decode()

    assert '<textarea name="password"' in google
    assert 'type="password"' in plain


def test_typed_values_are_kept_without_scripts_or_errors(admin: Client) -> None:
    typed = {"url": "https://docker.io", "username": "robot", "tag_exclude": "*-rc*"}
    answer = fields(admin, {**typed, "insecure": "on", "password": "canary"})

    form = answer.context["form"]
    page = answer.content.decode()
    assert [form[name].value() for name in (*typed, "insecure")] == [*typed.values(), True]
    assert names_in(answer) == {"namespaces", "api_url"}
    assert not form.wrong
    assert "canary" not in page
    assert "Enter the password again" in page


def test_credentials_in_the_url_are_not_returned(admin: Client) -> None:
    page = fields(admin, {"url": "https://robot:canary@docker.io"}).content.decode()

    assert "canary" not in page


def test_an_option_of_the_same_kind_is_kept_but_a_url_is_not(admin: Client) -> None:
    typed = {"provider": "gitea", "asked_for": "ghcr"}
    typed |= {"option_owners": "acme", "option_api_url": "https://github.example.com"}
    form = fields(admin, typed).context["form"]

    assert form["option_owners"].value() == "acme"
    assert not form["option_api_url"].value()


def test_typed_values_replace_those_of_a_stored_connection(admin: Client) -> None:
    registry = make_registry(insecure=True, url="http://r.example.com", login=Login("a", "b"))
    address = reverse("registry-edit-fields", args=[registry.pk])

    form = admin.post(address, {"url": "http://r.example.com", "username": "robot"}).context["form"]

    assert form["username"].value() == "robot"
    assert form["insecure"].value() is False
    registry.refresh_from_db()
    assert registry.insecure


def test_a_plain_link_redirects_to_the_form(admin: Client) -> None:
    registry = make_registry()

    assert admin.get(ADDRESS)["Location"] == reverse("registry-connect")
    for what in ("fields", "test", "preview"):
        answer = admin.get(reverse(f"registry-edit-{what}", args=[registry.pk]))
        assert answer["Location"] == reverse("registry-edit", args=[registry.pk])
