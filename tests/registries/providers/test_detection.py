"""A product is detected by its full host name, or by all labels of its domain."""

from __future__ import annotations

import pytest

from registries.providers import detect
from registries.providers.shared.base import matches
from registries.transport.origin import Origin


@pytest.mark.parametrize(
    ("host", "slug"),
    [
        ("docker.io", "docker-hub"),
        ("registry-1.docker.io", "docker-hub"),
        ("123456789012.dkr.ecr.eu-central-1.amazonaws.com", "ecr"),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "ecr"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "ecr"),
        ("123456789012.dkr-ecr.eu-central-1.on.aws", "ecr"),
        ("europe-west3-docker.pkg.dev", "artifact-registry"),
        ("gcr.io", "artifact-registry"),
        ("eu.gcr.io", "artifact-registry"),
        ("ghcr.io", "ghcr"),
        ("acme.azurecr.io", "acr"),
        ("acme-a1b2c3.azurecr.io", "acr"),
        ("acme.azurecr.cn", "acr"),
        ("registry.gitlab.com", "gitlab"),
        ("acme.jfrog.io", "artifactory"),
        ("quay.io", "quay"),
        ("codeberg.org", "gitea"),
    ],
)
def test_a_product_is_detected_by_its_host(host: str, slug: str) -> None:
    assert detect(Origin.parse(f"https://{host}")) == slug


@pytest.mark.parametrize(
    "host",
    [
        "docker.io.example.com",
        "notdocker.io",
        "ghcr.io.example.com",
        "myghcr.io",
        "azurecr.io",
        "azurecr.io.example.com",
        "evil-azurecr.io",
        "dkr.ecr.amazonaws.com.example.com",
        "x.dkr.ecr.eu-central-1.amazonaws.com.example.com",
        "docker.pkg.dev.example.com",
        "pkg.dev",
        "gcr.io.example.com",
        "registry.gitlab.com.example.com",
        "gitlab.example.com",
        "harbor.example.com",
        "nexus.example.com",
        "quay.example.com",
        "jfrog.io.example.com",
    ],
)
def test_a_similar_host_is_a_generic_registry(host: str) -> None:
    assert detect(Origin.parse(f"https://{host}")) == "distribution"


def test_a_port_does_not_identify_a_product() -> None:
    assert detect(Origin.parse("https://registry.example.com:5050")) == "distribution"


@pytest.mark.parametrize(
    ("host", "pattern", "expected"),
    [
        ("a.example.com", "*.example.com", True),
        ("a.b.example.com", "*.example.com", False),
        (".example.com", "*.example.com", False),
        ("example.com", "*.example.com", False),
        ("example.com.", "example.com", True),
        ("eu-docker.pkg.dev", "*-docker.pkg.dev", True),
        ("eu.x-docker.pkg.dev", "*-docker.pkg.dev", False),
    ],
)
def test_an_asterisk_matches_part_of_one_label(host: str, pattern: str, expected: bool) -> None:
    assert matches(host, pattern) is expected
