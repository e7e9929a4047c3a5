"""JFrog Artifactory: keys, images and digests from its own API, everything else from /v2/."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from registries.errors import RegistryError
from registries.oci.reference import Reference, is_digest, is_repository, is_tag
from registries.providers.artifactory.api import (
    QUIRKS,
    REMOTE,
    SEARCH_BODY_BYTES,
    VIRTUAL,
    Artifactory,
    Row,
)
from registries.providers.artifactory.pushes import PUSHES
from registries.providers.distribution.provider import DistributionClient
from registries.providers.shared.base import CredentialField, Provider, Resolution, Tag, TagListing
from registries.providers.shared.client import ConcurrentReader, MultiAPIClient
from registries.providers.shared.combined_catalog import combine_catalogs
from registries.providers.shared.details import parse_details
from registries.providers.shared.fallback import REFUSALS, mark_as_fallback, names_with_fallback
from registries.providers.shared.keyed_names import BY_HOST, BY_PATH, keyed_names
from registries.providers.shared.listings import shorten_rejected, split_listing
from registries.providers.shared.login import basic_or_bearer_login
from registries.providers.shared.native_api import NativeAPI, text_of
from registries.providers.shared.options import ConnectionOption, api_base
from registries.providers.shared.timestamps import timestamp_from_text
from registries.transport.endpoint import Credential, Endpoint

# The cloud runs three searches at a time, and queues others for ten seconds.
_MAX_SEARCHES = 3
# Editions without AQL answer 400.
_NO_SEARCH_STATUSES = REFUSALS | {400, 501}


class ArtifactoryClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint) -> None:
        self._keys = endpoint.option_list("repository_keys")
        self._names = keyed_names(endpoint.option("addressing"), self._keys)
        origin, base = api_base(endpoint.option("api_url") or str(endpoint.origin))
        limits = replace(endpoint.limits, body_bytes=SEARCH_BODY_BYTES)
        login = basic_or_bearer_login(endpoint.credential)
        self._api = NativeAPI(replace(endpoint, origin=origin, limits=limits), login)
        self._artifactory = Artifactory(self._api, base)
        self._registry = DistributionClient(endpoint, QUIRKS)
        super().__init__(endpoint, self._registry, self._api)
        threads = min(_MAX_SEARCHES, endpoint.limits.concurrency)
        self._search_reader = ConcurrentReader(self._registry.ping, threads)
        self._has_search = self._names.own_key != ""
        self._lists_kinds = True
        self._refused_by = ""
        self._rejected: list[str] = []

    def ping(self) -> None:
        self._registry.ping()

    def repositories(self) -> Iterator[str]:
        if self._names.own_key is None:
            return self._names_by_key()
        if not self._names.own_key:
            return self._registry.repositories()
        return names_with_fallback(
            self._names_by_key(), self._registry.repositories, self._note_refusal
        )

    def tags(self, repositories: Iterable[str]) -> Iterator[TagListing]:
        if not self._has_search:
            return super().tags(repositories)
        return self._search_reader.tags(self.listing, repositories)

    def resolve(self, references: Iterable[Reference]) -> Iterator[Resolution]:
        """Resolve references. Artifactory may hide images that the credentials may not read."""
        for resolution in super().resolve(references):
            if resolution.absent and self._may_be_hidden(resolution.reference.repository):
                yield replace(resolution, doubtful=True)
            else:
                yield resolution

    def resolution(self, reference: Reference) -> Resolution:
        return self._registry.resolution(reference)

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return shorten_rejected((*self._rejected, *self._registry.rejected_repositories))

    def _note_refusal(self, refusal: RegistryError) -> None:
        self._refused_by = str(refusal)

    def _names_by_key(self) -> Iterator[str]:
        return combine_catalogs(map(self._names_in, self._read_keys()), self._registry.ping)

    def _read_keys(self) -> Iterator[str]:
        """Yield the keys to read: by default, all but virtual ones, which repeat other keys."""
        if self._keys:
            yield from self._keys
        else:
            kinds = self._artifactory.kinds()
            yield from (key for key, kind in kinds.items() if kind != VIRTUAL)

    def _names_in(self, key: str) -> Iterator[str]:
        """Yield the valid image names of a key. Some keys make every name invalid."""
        for page in self._artifactory.images(self._storage_of(key)):
            self._reject(page.rejected)
            for image in page.names:
                name = self._names.name(key, image)
                if is_repository(name):
                    yield name
                else:
                    self._reject([name])

    def _reject(self, names: Iterable[str]) -> None:
        self._rejected = list(shorten_rejected((*self._rejected, *names)))

    def _kind(self, key: str) -> str:
        """Return the kind of a key, or "" if unknown."""
        try:
            return self._artifactory.kinds().get(key, "") if self._lists_kinds else ""
        except RegistryError as refusal:
            if refusal.status not in REFUSALS:
                raise
            self._lists_kinds = False
            return ""

    def _may_be_hidden(self, name: str) -> bool:
        """Return whether an image may exist unseen.

        Its key may be hidden, or a remote repository could not reach its upstream registry.
        """
        key, _ = self._names.split(name)
        try:
            kind = self._kind(key)
        except RegistryError:
            return True
        return bool(key) and self._lists_kinds and kind in (REMOTE, "")

    def _storage_of(self, key: str) -> str:
        """Return the key with the files of ``key``: that of the cache for a remote repository."""
        return f"{key}-cache" if self._kind(key) == REMOTE else key

    def listing(self, name: str) -> Iterator[TagListing]:
        found = self._search(name) if self._has_search else None
        if found is None:
            return mark_as_fallback(self._registry.listing(name), self._refused_by)
        tags = [_tag(tag, row) for tag, row in found.items() if is_tag(tag)]
        return split_listing(name, tags, [tag for tag in found if not is_tag(tag)])

    def _search(self, name: str) -> dict[str, Row] | None:
        """Return the manifests of an image's tags, or None if the registry API must be used.

        A virtual repository chooses a tag's image among several. An empty result may also mean
        that the credentials see nothing, which the registry API distinguishes.
        """
        key, image = self._names.split(name)
        kind = self._kind(key)
        if not is_repository(image) or kind == VIRTUAL:
            return None
        storage = self._storage_of(key)
        try:
            found = self._artifactory.manifests(storage, image)
        except RegistryError as refusal:
            if refusal.status not in _NO_SEARCH_STATUSES:
                raise
            self._has_search = False
            self._note_refusal(refusal)
            return None
        is_other_key = any(text_of(row, "repo") != storage for row in found.values())
        if is_other_key or not (found or kind == REMOTE):
            return None
        return found


def _tag(name: str, row: Row) -> Tag:
    digest = f"sha256:{text_of(row, 'sha256').lower()}"
    timestamps = (timestamp_from_text(row.get(key)) for key in ("updated", "modified", "created"))
    pushed_at = next((timestamp for timestamp in timestamps if timestamp), None)
    return Tag(
        name,
        digest if is_digest(digest) else None,
        details=parse_details(pushed_at=pushed_at),
    )


def _as_platform_url(text: str) -> str:
    origin, path = api_base(text)
    return f"{origin}{path.removesuffix('/artifactory')}"


def _normal_login(credential: Credential) -> Credential:
    username, secret = credential.username.strip(), credential.secret.strip()
    if secret and not username and not (secret.isascii() and secret.isprintable()):
        raise ValueError("Enter an access token, or a user name with the secret")
    return Credential(username, secret)


PROVIDER = Provider(
    slug="artifactory",
    name="JFrog Artifactory",
    connect=ArtifactoryClient,
    hosts=("*.jfrog.io",),
    credential_fields=(
        CredentialField(
            "username",
            "User name",
            "User name of the token. Leave empty for an access token on its own, or for anonymous "
            "access",
        ),
        CredentialField(
            "secret",
            "Identity token",
            "Identity token, access token or password of a user with the Read permission",
            True,
        ),
    ),
    options=(
        ConnectionOption(
            "addressing",
            "Addressing",
            "How docker pull addresses a repository key",
            choices=(
                (BY_PATH, "By path: host/<repository key>/<image>"),
                (BY_HOST, "By host or port: the URL belongs to one repository key"),
            ),
        ),
        ConnectionOption(
            "repository_keys",
            "Repository keys",
            "Docker repositories to read. By path, leave empty to read all that are not virtual. "
            "By host or port, enter the key that the URL belongs to",
            is_list=True,
        ),
        ConnectionOption(
            "api_url",
            "Platform URL",
            "URL of the JFrog platform, if it differs from the registry's, such as "
            "https://acme.jfrog.io",
            leads_credential=True,
            check=_as_platform_url,
        ),
    ),
    login=_normal_login,
    bulk_digests=True,
    pushes=PUSHES,
)
