from __future__ import annotations

import pytest

from harborguard.access.models import Role
from registries.providers import PROVIDERS
from tests.api_client import Caller, caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Caller:
    return caller(Role.VIEWER)


def test_every_provider_is_listed_as_it_declares_itself(viewer: Caller) -> None:
    body = viewer.get("/api/providers").json()

    assert [provider["slug"] for provider in body["results"]] == list(PROVIDERS)
    for provider in body["results"]:
        declared = PROVIDERS[provider["slug"]]
        assert provider["hosts"] == list(declared.hosts)
        assert provider["takesPushes"] == declared.takes_pushes
        assert provider["bulkDigests"] == declared.bulk_digests
        assert [option["name"] for option in provider["options"]] == [
            option.name for option in declared.options
        ]
        assert (provider["pushes"] is not None) == declared.takes_pushes
        assert {field["name"]: field["secret"] for field in provider["credentialFields"]} == {
            field.name: field.is_secret for field in declared.credential_fields
        }


def test_one_provider_is_shown(viewer: Caller) -> None:
    listed = viewer.get("/api/providers").json()["results"]

    assert [viewer.get(f"/api/providers/{one['slug']}").json() for one in listed] == listed


@pytest.mark.parametrize("url", ["registry.example.com", "http://10.0.0.1:5000"])
def test_a_url_tells_its_provider(viewer: Caller, url: str) -> None:
    [found] = viewer.get("/api/providers", {"url": url}).json()["results"]

    assert found["slug"] == "distribution"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"url": "https://registry.example.com/v2"}, "url"),
        ({"url": ""}, "url"),
        ({"slug": "distribution"}, "slug"),
        ({"ordering": "slug"}, "ordering"),
        ({"page": "7"}, "page"),
    ],
)
def test_a_parameter_that_is_wrong_is_refused(
    viewer: Caller, query: dict[str, str], field: str
) -> None:
    answer = viewer.get("/api/providers", query)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("slug", ["nobody", "x" * 3000, "Distribution"])
def test_an_unknown_provider_is_not_found(viewer: Caller, slug: str) -> None:
    assert viewer.get(f"/api/providers/{slug}").status_code == 404
