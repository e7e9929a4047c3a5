"""Every fake, by the slug of the provider that reads it; a new one is a file and a line here."""

from __future__ import annotations

from tests.fakes.vendors.acr import ACR
from tests.fakes.vendors.artifact_registry import ArtifactRegistry
from tests.fakes.vendors.artifactory import Artifactory
from tests.fakes.vendors.distribution import Distribution
from tests.fakes.vendors.docker_hub import DockerHub
from tests.fakes.vendors.ecr import ECR
from tests.fakes.vendors.ghcr import GHCR
from tests.fakes.vendors.gitea import Gitea
from tests.fakes.vendors.gitlab import GitLab
from tests.fakes.vendors.harbor import Harbor
from tests.fakes.vendors.nexus import Nexus
from tests.fakes.vendors.quay import Quay
from tests.fakes.vendors.vendor import Vendor
from tests.fakes.vendors.zot import Zot

VENDORS: dict[str, type[Vendor]] = {
    vendor.slug: vendor
    for vendor in (
        Distribution,
        DockerHub,
        Quay,
        Artifactory,
        Nexus,
        GHCR,
        Zot,
        Gitea,
        ACR,
        Harbor,
        ECR,
        GitLab,
        ArtifactRegistry,
    )
}
