from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.services.images import Flavour
from tests.services.registry_fixtures import Auth, DockerRegistryFactory

_INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def test_it_serves_what_was_pushed(docker_registry: DockerRegistryFactory) -> None:
    registry = docker_registry()
    digest = registry.push_image("team/api", "1.0", seed=1)

    answer = requests.head(
        f"{registry.url}/v2/team/api/manifests/1.0", headers={"Accept": _MANIFEST}, timeout=5
    )

    assert answer.headers["Docker-Content-Digest"] == digest
    assert registry.inventory() == {"team/api": {"1.0": digest}}


@pytest.mark.parametrize(("flavour", "media_type"), [("oci", _INDEX), ("docker", _MANIFEST_LIST)])
def test_it_holds_an_index_of_platforms(
    docker_registry: DockerRegistryFactory, flavour: Flavour, media_type: str
) -> None:
    registry = docker_registry()
    digest = registry.push_index("multi", "1", seed=1, flavour=flavour)

    answer = requests.get(
        f"{registry.url}/v2/multi/manifests/1", headers={"Accept": media_type}, timeout=5
    )

    assert answer.headers["Docker-Content-Digest"] == digest
    platforms = [entry["platform"]["architecture"] for entry in answer.json()["manifests"]]
    assert platforms == ["amd64", "arm64"]


def test_the_same_seed_gives_the_same_digest(docker_registry: DockerRegistryFactory) -> None:
    registry = docker_registry()

    first = registry.push_image("a", "1", seed="x")

    assert registry.push_image("b", "2", seed="x") == first
    assert registry.push_image("a", "1", seed="y") != first


def test_it_serves_what_was_seeded(docker_registry: DockerRegistryFactory) -> None:
    registry = docker_registry()
    registry.seed([f"team/app-{number}" for number in range(10)], ["1", "2", "3"])

    held = registry.inventory()
    served = {
        repository: {
            tag: requests.head(
                f"{registry.url}/v2/{repository}/manifests/{tag}",
                headers={"Accept": f"{_MANIFEST}, {_INDEX}"},
                timeout=5,
            ).headers["Docker-Content-Digest"]
            for tag in tags
        }
        for repository, tags in held.items()
    }

    assert served == held
    assert len(held) == 10
    assert len({digest for tags in held.values() for digest in tags.values()}) == 30


def test_a_deleted_manifest_leaves_an_emptied_repository(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = docker_registry()
    registry.delete_manifest("api", registry.push_image("api", "1", seed=1))

    listed = requests.get(f"{registry.url}/v2/api/tags/list", timeout=5).json()

    assert listed["tags"] is None
    assert registry.inventory() == {"api": {}}


def test_a_deleted_tag_leaves_the_others(docker_registry: DockerRegistryFactory) -> None:
    registry = docker_registry()
    digest = registry.push_image("api", "1", seed=1)
    registry.push_image("api", "2", seed=1)
    registry.delete_tag("api", "2")

    listed = requests.get(f"{registry.url}/v2/api/tags/list", timeout=5).json()

    assert listed["tags"] == ["1"]
    assert registry.inventory() == {"api": {"1": digest}}


def test_a_deleted_repository_leaves_the_one_below_it_and_can_return(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = docker_registry()
    registry.push_image("team", "1", seed=1)
    below = registry.push_image("team/api", "1", seed=2)
    registry.delete_repository("team")

    catalog = requests.get(f"{registry.url}/v2/_catalog", timeout=5).json()

    assert catalog["repositories"] == ["team/api"]
    assert registry.inventory() == {"team/api": {"1": below}}
    registry.push_image("team", "1", seed=1)
    assert set(registry.inventory()) == {"team", "team/api"}


def test_sections_of_its_configuration_are_taken(docker_registry: DockerRegistryFactory) -> None:
    registry = docker_registry(catalog={"maxentries": 2})
    registry.seed(["a", "b", "c"], ["1"])

    page = requests.get(f"{registry.url}/v2/_catalog", params={"n": 2}, timeout=5)

    assert page.json()["repositories"] == ["a", "b"]
    assert 'rel="next"' in page.headers["Link"]


@pytest.mark.parametrize("auth", ["htpasswd", "token"])
def test_it_asks_strangers_who_they_are(docker_registry: DockerRegistryFactory, auth: Auth) -> None:
    registry = docker_registry(auth)
    digest = registry.push_image("api", "1", seed=1)

    answer = requests.get(f"{registry.url}/v2/", timeout=5)

    assert answer.status_code == 401
    scheme = "Basic" if auth == "htpasswd" else "Bearer"
    assert answer.headers["WWW-Authenticate"].startswith(scheme)
    assert registry.inventory() == {"api": {"1": digest}}


def test_a_password_opens_it(docker_registry: DockerRegistryFactory) -> None:
    registry = docker_registry("htpasswd")

    def status(password: str) -> int:
        pair = (registry.username, password)
        return requests.get(f"{registry.url}/v2/", auth=pair, timeout=5).status_code

    assert status(registry.password) == 200
    assert status("wrong") == 401


def test_its_certificate_is_trusted_through_its_own_authority_only(
    docker_registry: DockerRegistryFactory, tmp_path: Path
) -> None:
    registry = docker_registry("token", tls=True)
    digest = registry.push_image("api", "1", seed=1)
    authority = tmp_path / "ca.pem"
    authority.write_text(registry.ca_pem or "")

    assert requests.get(f"{registry.url}/v2/", timeout=5, verify=str(authority)).status_code == 401
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{registry.url}/v2/", timeout=5)
    assert registry.inventory() == {"api": {"1": digest}}


def test_a_paused_registry_does_not_answer_until_resumed(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = docker_registry()
    registry.pause()
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{registry.url}/v2/", timeout=0.2)

    registry.resume()

    assert requests.get(f"{registry.url}/v2/", timeout=5).status_code == 200


def test_a_stopped_registry_comes_back_on_its_port(
    docker_registry: DockerRegistryFactory,
) -> None:
    registry = docker_registry()
    digest = registry.push_image("api", "1", seed=1)
    url = registry.url
    registry.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/v2/", timeout=5)

    registry.start()

    assert registry.url == url
    assert registry.inventory() == {"api": {"1": digest}}
    assert requests.get(f"{url}/v2/", timeout=5).status_code == 200
