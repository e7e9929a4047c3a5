from __future__ import annotations

import pytest

from inventory.pull_reference import pull_reference


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://registry.example.com", "registry.example.com"),
        ("https://registry.example.com:8443", "registry.example.com:8443"),
        ("http://registry.example.com", "registry.example.com"),
        ("https://localhost", "localhost"),
        ("http://10.0.0.7:5000", "10.0.0.7:5000"),
        ("https://[2001:db8::1]", "[2001:db8::1]"),
    ],
)
def test_it_starts_with_the_host_and_any_nonstandard_port(url: str, host: str) -> None:
    assert pull_reference(url, "team/app", "v1") == f"{host}/team/app:v1"


@pytest.mark.parametrize(
    ("url", "host"), [("https://registry", "registry:443"), ("http://registry", "registry:80")]
)
def test_a_host_that_looks_like_a_docker_hub_name_gets_its_port(url: str, host: str) -> None:
    assert pull_reference(url, "team/app", "v1") == f"{host}/team/app:v1"


@pytest.mark.parametrize("host", ["docker.io", "registry-1.docker.io", "hub.docker.com"])
def test_docker_hub_always_has_the_same_host(host: str) -> None:
    assert pull_reference(f"https://{host}", "library/nginx", "1") == "docker.io/library/nginx:1"
