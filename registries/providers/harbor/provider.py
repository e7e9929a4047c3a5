"""Harbor: everything from its own API, or from the registry API if that refuses."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from registries.errors import RegistryError
from registries.oci.login_check import LoginCheck
from registries.oci.media_types import media_type
from registries.oci.reference import Reference, is_digest, is_tag
from registries.providers.distribution.provider import DistributionClient
from registries.providers.harbor.api import PAGE_SIZE, HarborAPI, Row
from registries.providers.harbor.pushes import PUSHES
from registries.providers.shared.base import CredentialField, Provider, Resolution, Tag, TagListing
from registries.providers.shared.client import MultiAPIClient
from registries.providers.shared.combined_catalog import combine_catalogs
from registries.providers.shared.details import Details, parse_details, platform
from registries.providers.shared.fallback import REFUSALS, tags_with_fallback
from registries.providers.shared.listings import shorten_rejected
from registries.providers.shared.native_api import text_of
from registries.providers.shared.options import ConnectionOption
from registries.providers.shared.timestamps import timestamp_from_text
from registries.transport.endpoint import Credential, Endpoint

# robot$project+name is a robot of one project. The prefix before the $ can be configured.
_PROJECT_ROBOT = re.compile(r"[^$+]*\$(?P<project>[a-z0-9][a-z0-9._-]*)\+.+")


class HarborClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint) -> None:
        self._projects = endpoint.option_list("projects") or _robot_projects(endpoint.credential)
        self._api = HarborAPI(endpoint)
        self._registry = DistributionClient(endpoint)
        super().__init__(endpoint, self._registry, self._api)
        self._confirm_login = LoginCheck(self._registry.ping, time.monotonic)
        self._rejected: list[str] = []

    def ping(self) -> None:
        self._registry.ping()

    def repositories(self) -> Iterator[str]:
        """Yield the repositories of the projects, or all that the credentials may see."""
        projects = dict.fromkeys(self._projects or ("",))
        return combine_catalogs(
            map(self._repositories_of, projects), self._confirm_login, self._rejected
        )

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return tuple(self._rejected)

    def _repositories_of(self, project: str) -> Iterator[str]:
        for rows in self._api.repositories(project):
            yield from (text_of(row, "name") for row in rows)

    def listing(self, repository: str) -> Iterator[TagListing]:
        return tags_with_fallback(self._tags_by_api, self._registry.listing, repository)

    def _tags_by_api(self, repository: str) -> Iterator[TagListing]:
        for artifacts in self._api.artifacts(repository):
            rows = [(row, artifact) for artifact in artifacts for row in _tags_of(artifact)]
            tags = tuple(_tag(row, artifact) for row, artifact in rows if is_tag(row.get("name")))
            invalid = shorten_rejected(
                text_of(row, "name") for row, _ in rows if not is_tag(row.get("name"))
            )
            yield TagListing(repository, tags, rejected=invalid)
        yield TagListing(repository, complete=True)

    def resolution(self, reference: Reference) -> Resolution:
        """Resolve with Harbor's API: the registry hides images that a policy forbids to pull."""
        try:
            artifact = self._api.artifact(reference)
        except RegistryError as refusal:
            if refusal.status not in REFUSALS:
                raise
            return self._registry.resolution(reference)
        if artifact is None:
            return Resolution(reference, absent=True)
        rows = (row for row in _tags_of(artifact) if row.get("name") == reference.tag)
        tag = _tag(next(rows, {}), artifact)
        if tag.digest is None:
            return self._registry.resolution(reference)
        return Resolution(reference, tag.digest, tag.media_type, details=tag.details)


def _tag(row: Row, artifact: Row) -> Tag:
    digest = artifact.get("digest")
    return Tag(
        text_of(row, "name"),
        str(digest) if is_digest(digest) else None,
        media_type(text_of(artifact, "manifest_media_type")),
        _details(row, artifact),
    )


def _details(row: Row, artifact: Row) -> Details:
    """Return the details. For artifacts without a type, Harbor reports the configuration's."""
    artifact_type = artifact.get("artifact_type")
    return parse_details(
        size=artifact.get("size"),
        pushed_at=timestamp_from_text(row.get("push_time"))
        or timestamp_from_text(artifact.get("push_time")),
        platforms=_platforms(artifact),
        artifact_type="" if artifact_type == artifact.get("media_type") else artifact_type,
    )


def _platforms(artifact: Row) -> list[str]:
    children = [_object(child.get("platform")) for child in _objects(artifact.get("references"))]
    parts = children or [_object(artifact.get("extra_attrs"))]
    return [
        platform(part.get("os"), part.get("architecture"), part.get("variant")) for part in parts
    ]


def _tags_of(artifact: Row) -> list[Row]:
    return _objects(artifact.get("tags"))


def _objects(value: object) -> list[Row]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _object(value: object) -> Row:
    return value if isinstance(value, dict) else {}


def _robot_projects(login: Credential | None) -> tuple[str, ...]:
    """Return a robot's project: older versions list only public projects to a robot."""
    match = _PROJECT_ROBOT.fullmatch(login.username) if login else None
    return (match["project"],) if match else ()


def _normal_login(credential: Credential) -> Credential:
    username, secret = credential.username.strip(), credential.secret.strip()
    if secret and not username:
        raise ValueError("Enter a name with the secret, such as robot$team+reader")
    return Credential(username, secret)


PROVIDER = Provider(
    slug="harbor",
    name="Harbor",
    connect=HarborClient,
    credential_fields=(
        CredentialField(
            "username",
            "Robot or user name",
            "A robot's full name, such as robot$team+reader or robot$reader. Leave empty to read "
            "public projects only",
        ),
        CredentialField(
            "secret",
            "Secret",
            "The robot's secret, a password, or an OIDC user's CLI secret",
            True,
        ),
    ),
    options=(
        ConnectionOption(
            "projects",
            "Projects",
            "Projects to read. Leave empty to read the robot's project, or all projects that the "
            "credentials may see",
            is_list=True,
        ),
    ),
    login=_normal_login,
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
