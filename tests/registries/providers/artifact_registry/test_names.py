from __future__ import annotations

import pytest

from registries.providers.artifact_registry.names import Name, Names, Place, as_project


@pytest.mark.parametrize(
    ("host", "name", "parts"),
    [
        ("us-docker.pkg.dev", "team-p/docker/app", Name("team-p", "docker", "app")),
        ("us-docker.pkg.dev", "team-p/docker/a/b", Name("team-p", "docker", "a/b")),
        ("us-docker.pkg.dev", "example.com/p/docker/a", Name("example.com:p", "docker", "a")),
        ("gcr.io", "team-p/app", Name("team-p", "gcr.io", "app")),
        ("eu.gcr.io", "example.com/p/a/b", Name("example.com:p", "eu.gcr.io", "a/b")),
    ],
)
def test_names_match_those_of_docker_pull(host: str, name: str, parts: Name) -> None:
    names = Names(host)
    assert names.split(name) == parts
    assert names.join(Place(parts.project, "us", parts.repository), parts.image) == name


@pytest.mark.parametrize("name", ["", "a", "a/b", "a.b", "a.b/c", "/"])
def test_missing_parts_are_empty(name: str) -> None:
    assert Names("us-docker.pkg.dev").split(name).image == ""


def test_a_name_cannot_leave_its_path_segment() -> None:
    place = Place("example.com:p", "us/../x", "a/b?c")
    assert place.path == "/v1/projects/example.com:p/locations/us%2F..%2Fx/repositories/a%2Fb%3Fc"


def test_a_domain_scoped_project_has_two_spellings() -> None:
    assert as_project("example.com/team-p") == as_project("example.com:team-p")
