"""Quay, at quay.io or self-hosted.

Its own API is for OAuth tokens and anonymous callers. Robots and users can only use the
registry API.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from registries.errors import RegistryError
from registries.oci.login_check import LoginCheck
from registries.oci.quirks import Quirks
from registries.oci.reference import Reference, is_digest, is_tag
from registries.providers.distribution.provider import DistributionClient
from registries.providers.quay.api import PAGE_SIZE, QuayAPI, Row
from registries.providers.quay.pushes import PUSHES
from registries.providers.shared.base import (
    CredentialField,
    Provider,
    Resolution,
    Tag,
    TagListing,
)
from registries.providers.shared.client import MultiAPIClient
from registries.providers.shared.combined_catalog import NamespacesNeeded, combine_catalogs
from registries.providers.shared.details import parse_details
from registries.providers.shared.fallback import REFUSALS, tags_with_fallback
from registries.providers.shared.listings import shorten_rejected
from registries.providers.shared.native_api import text_of
from registries.providers.shared.options import ConnectionOption
from registries.providers.shared.timestamps import timestamp_from_text, timestamp_from_unix
from registries.transport.endpoint import Credential, Endpoint

# The user name for passwords that are OAuth tokens.
_OAUTH = "$oauthtoken"
_QUIRKS = Quirks(catalog_without_scope=True, nobody_needs_a_scope=True)


class QuayClient(MultiAPIClient):
    def __init__(self, endpoint: Endpoint) -> None:
        login = endpoint.credential
        uses_api = login is None or login.username == _OAUTH
        self._namespaces = endpoint.option_list("namespaces") or _robot_namespaces(login)
        self._api = QuayAPI(endpoint) if uses_api else None
        self._registry = DistributionClient(endpoint, _QUIRKS)
        super().__init__(endpoint, self._registry, self._api)
        self._confirm_login = LoginCheck(self._registry.ping, time.monotonic)
        self._rejected: list[str] = []

    def ping(self) -> None:
        self._registry.ping()

    def repositories(self) -> Iterator[str]:
        if self._api is None:
            return self._names_by_catalog()
        return self._names_by_namespace(self._api)

    @property
    def rejected_repositories(self) -> tuple[str, ...]:
        return shorten_rejected((*self._registry.rejected_repositories, *self._rejected))

    def _names_by_catalog(self) -> Iterator[str]:
        """Yield the catalog, which may include public repositories of everyone."""
        for name in self._registry.repositories():
            if not self._namespaces or name.partition("/")[0] in self._namespaces:
                yield name

    def _names_by_namespace(self, api: QuayAPI) -> Iterator[str]:
        """Yield the repositories of namespaces.

        The credentials are checked first: if rejected, private repositories would look missing.
        """
        self._confirm_login()
        namespaces = dict.fromkeys(self._namespaces or _discover_namespaces(api))
        names = (self._names_in(namespace, api) for namespace in namespaces)
        yield from combine_catalogs(names, self._confirm_login, self._rejected)

    def _names_in(self, namespace: str, api: QuayAPI) -> Iterator[str]:
        return (f"{namespace}/{text_of(row, 'name')}" for row in api.repositories(namespace))

    def resolution(self, reference: Reference) -> Resolution:
        return self._registry.resolution(reference)

    def listing(self, repository: str) -> Iterator[TagListing]:
        if self._api is None:
            return self._registry.listing(repository)
        return tags_with_fallback(self._tags_by_api, self._registry.listing, repository)

    def _tags_by_api(self, repository: str) -> Iterator[TagListing]:
        for rows in self._api.tags(repository) if self._api else ():
            tags = tuple(_tag(row) for row in rows if is_tag(row.get("name")))
            invalid = shorten_rejected(
                text_of(row, "name") for row in rows if not is_tag(row.get("name"))
            )
            yield TagListing(repository, tags, rejected=invalid)
        yield TagListing(repository, complete=True)


def _discover_namespaces(api: QuayAPI) -> list[str]:
    try:
        found = api.own_namespaces()
    except RegistryError as refusal:
        if refusal.status not in REFUSALS:
            raise
        raise NamespacesNeeded(
            f"Quay does not list the namespaces for these credentials: {refusal}",
            status=refusal.status,
        ) from None
    if not found:
        raise NamespacesNeeded("Quay lists no namespaces for these credentials")
    return found


def _tag(row: Row) -> Tag:
    digest = row.get("manifest_digest")
    return Tag(
        text_of(row, "name"),
        str(digest) if is_digest(digest) else None,
        details=parse_details(
            size=row.get("size"),
            pushed_at=timestamp_from_text(row.get("last_modified"))
            or timestamp_from_unix(row.get("start_ts")),
        ),
    )


def _robot_namespaces(login: Credential | None) -> tuple[str, ...]:
    """Return the robot's namespace, the only one it can have access to."""
    namespace, plus, _ = login.username.partition("+") if login else ("", "", "")
    return (namespace,) if plus else ()


def _normal_login(credential: Credential) -> Credential:
    username, secret = credential.username.strip(), credential.secret.strip()
    return Credential(username or _OAUTH, secret) if secret else Credential(username, secret)


PROVIDER = Provider(
    slug="quay",
    name="Quay",
    connect=QuayClient,
    hosts=("quay.io",),
    credential_fields=(
        CredentialField(
            "username",
            "User name",
            "$oauthtoken or empty for an OAuth token, or a robot's full name, such as team+reader",
        ),
        CredentialField(
            "secret",
            "Token or password",
            'With an OAuth token that may "View all visible repositories", tags and digests are '
            "read together",
            True,
        ),
    ),
    options=(
        ConnectionOption(
            "namespaces",
            "Namespaces",
            "Organizations and users to read. Leave empty to read those of the token's user, or "
            "the robot's",
            is_list=True,
        ),
    ),
    login=_normal_login,
    bulk_digests=True,
    page_size=PAGE_SIZE,
    pushes=PUSHES,
)
