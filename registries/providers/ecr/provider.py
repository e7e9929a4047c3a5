"""Amazon ECR private registries. Public ones at public.ecr.aws are another product."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from registries.errors import (
    AccessDenied,
    CatalogForbidden,
    MalformedResponse,
    NotFound,
    RegistryError,
)
from registries.oci.listing import MAX_REJECTED
from registries.oci.media_types import media_type
from registries.oci.reference import Reference, is_digest, is_repository, is_tag
from registries.providers.ecr.api import BATCH_SIZE, ECR, PAGE_SIZE, Row, by_repository
from registries.providers.ecr.errors import RepositoryNotFound
from registries.providers.ecr.names import as_account, as_external_id, as_region, as_role, as_topic
from registries.providers.ecr.pushes import PUSHES
from registries.providers.shared.availability import Availability
from registries.providers.shared.base import (
    CredentialField,
    Provider,
    Resolution,
    Tag,
    TagListing,
    Traffic,
)
from registries.providers.shared.client import WHOLE_REGISTRY, ConcurrentReader
from registries.providers.shared.details import Details, parse_details
from registries.providers.shared.listings import shorten_rejected
from registries.providers.shared.native_api import text_of
from registries.providers.shared.options import ConnectionOption, as_origin
from registries.providers.shared.timestamps import timestamp_from_datetime
from registries.transport.endpoint import Credential, Endpoint
from registries.transport.fan_out import fan_out

# The usual configuration of an image does not identify an artifact type.
_OF_IMAGES = frozenset(
    {
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.oci.image.config.v1+json",
    }
)


class ECRClient:
    def __init__(self, endpoint: Endpoint) -> None:
        self._ecr = ECR(endpoint)
        self._threads = endpoint.limits.concurrency
        self._reading = ConcurrentReader(self.ping, self._threads)
        self._availability = Availability(self.ping)
        self._rejected: list[str] = []

    def ping(self) -> None:
        self._ecr.check_login()

    def repositories(self) -> Iterator[str]:
        seen: set[str] = set()
        try:
            for page in self._ecr.repositories():
                names = {name: None for row in page if (name := text_of(row, "repositoryName"))}
                new = [name for name in names if is_repository(name) and name not in seen]
                others = shorten_rejected(name for name in names if not is_repository(name))
                self._rejected += others[: MAX_REJECTED - len(self._rejected)]
                seen.update(new)
                yield from new
        except AccessDenied as refusal:
            raise CatalogForbidden(
                f"The repositories may not be listed: {refusal}", status=refusal.status
            ) from None

    def tags(self, repositories: Iterable[str]) -> Iterator[TagListing]:
        return self._reading.tags(self._listing, repositories)

    def resolve(self, references: Iterable[Reference]) -> Iterator[Resolution]:
        groups = by_repository(references, BATCH_SIZE)
        return chain.from_iterable(fan_out(self._answers, groups, threads=self._threads))

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return tuple(self._rejected)

    @property
    def traffic(self) -> Traffic:
        return Traffic(self._ecr.requests, self._ecr.bytes_read)

    def close(self) -> None:
        self._ecr.close()

    def _listing(self, repository: str) -> Iterator[TagListing]:
        for page in self._ecr.images(repository):
            tags = [tag for row in page for tag in _tags(row)]
            known = tuple(tag for tag in tags if is_tag(tag.name))
            others = shorten_rejected(tag.name for tag in tags if not is_tag(tag.name))
            yield TagListing(repository, known, rejected=others)
        yield TagListing(repository, complete=True)

    def _answers(self, references: list[Reference]) -> list[Resolution]:
        """Yield the answers to references of one repository."""
        repository = references[0].repository
        if given_up := self._availability.error_to_report(repository):
            return [Resolution(reference, error=given_up) for reference in references]
        try:
            answers = self._resolve_together(references)
            self._availability.record_answer(repository)
        except WHOLE_REGISTRY:
            raise
        except RegistryError as error:
            failure = error.plain()
            self._availability.record_failure(repository, failure)
            return [Resolution(reference, error=failure) for reference in references]
        return answers

    def _resolve_together(self, references: list[Reference]) -> list[Resolution]:
        """Resolve several at once. If one is missing, ECR answers none, so ask one by one."""
        try:
            rows = self._ecr.tagged(
                references[0].repository, [reference.tag for reference in references]
            )
        except NotFound as error:
            if isinstance(error, RepositoryNotFound):
                return [Resolution(reference, absent=True) for reference in references]
            if len(references) == 1:
                hidden = self._ecr.hides_archived
                return [Resolution(references[0], absent=True, doubtful=hidden)]
            return [answer for one in references for answer in self._answers([one])]
        found = {tag.name: tag for row in rows for tag in _tags(row)}
        return [_resolution(reference, found.get(reference.tag)) for reference in references]


def _tags(row: Row) -> list[Tag]:
    """Return the tags of one digest."""
    digest, names = row.get("imageDigest"), row.get("imageTags")
    if not is_digest(digest) or not isinstance(names, list):
        return []
    kind, known = media_type(text_of(row, "imageManifestMediaType")), _details(row)
    return [Tag(name, str(digest), kind, known) for name in names if isinstance(name, str)]


def _details(row: Row) -> Details:
    kind = media_type(text_of(row, "artifactMediaType"))
    return parse_details(
        size=row.get("imageSizeInBytes"),
        pushed_at=timestamp_from_datetime(row.get("imagePushedAt")),
        artifact_type="" if kind in _OF_IMAGES else kind,
    )


def _resolution(reference: Reference, tag: Tag | None) -> Resolution:
    if tag is None:
        error = MalformedResponse(
            f"Malformed response: ECR's answer lacks {reference.repository}:{reference.tag}"
        )
        return Resolution(reference, error=error)
    return Resolution(reference, tag.digest, tag.media_type, details=tag.details)


def _normal_login(credential: Credential) -> Credential:
    username, secret = credential.username.strip(), credential.secret.strip()
    if username == "AWS":
        raise ValueError(
            "Enter an access key: a password from get-login-password expires within hours"
        )
    if username.startswith("ASIA"):
        raise ValueError("Enter an access key of a user: session keys expire")
    if re.fullmatch(r"[A-Za-z0-9_]{4,128}", username) is None:
        raise ValueError("Enter an access key ID of letters and digits, such as AKIA...")
    return Credential(username, secret)


PROVIDER = Provider(
    slug="ecr",
    name="AWS ECR",
    connect=ECRClient,
    hosts=(
        "*.dkr.ecr.*.amazonaws.com",
        "*.dkr.ecr-fips.*.amazonaws.com",
        "*.dkr.ecr.*.amazonaws.com.cn",
        "*.dkr.ecr.*.amazonaws.eu",
        "*.dkr-ecr.*.on.aws",
        "*.dkr-ecr-fips.*.on.aws",
    ),
    credential_fields=(
        CredentialField(
            "username", "Access key ID", "Access key of a user with read-only permissions"
        ),
        CredentialField("secret", "Secret access key", "Shown once, when the key is created", True),
    ),
    options=(
        ConnectionOption(
            "role_arn",
            "Role",
            "ARN of the IAM role to assume, such as one in the registry's account",
            leads_credential=True,
            check=as_role,
        ),
        ConnectionOption(
            "external_id",
            "External ID",
            "External ID required by the role's trust policy",
            check=as_external_id,
        ),
        ConnectionOption(
            "registry_id",
            "Account",
            "12 digits. Only needed if the URL does not contain it",
            check=as_account,
        ),
        ConnectionOption(
            "region",
            "Region",
            "Only needed if the URL does not contain it",
            leads_credential=True,
            check=as_region,
        ),
        ConnectionOption(
            "api_url",
            "ECR API URL",
            "URL of a VPC endpoint or a proxy. Leave empty to use the region's endpoint",
            leads_credential=True,
            check=as_origin,
        ),
        ConnectionOption(
            "sts_url",
            "STS API URL",
            "URL of a VPC endpoint or a proxy for assuming the role. Leave empty to use the "
            "region's endpoint",
            leads_credential=True,
            check=as_origin,
        ),
        ConnectionOption(
            "sns_topic_arn",
            "SNS topic",
            "ARN of the SNS topic that delivers pushes, unless an EventBridge API destination does",
            check=as_topic,
        ),
    ),
    login=_normal_login,
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
