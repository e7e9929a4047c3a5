"""The read side of the OCI distribution protocol: a method for each kind of request.

https://github.com/opencontainers/distribution-spec; ``_catalog`` is an extension of CNCF
Distribution.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from requests import Response

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    CatalogForbidden,
    ChallengeInvalid,
    MalformedResponse,
    NotARegistry,
    NotFound,
    RealmUntrusted,
    RegistryError,
    Stage,
    UnexpectedStatus,
)
from registries.oci.authorized_session import AuthorizedSession
from registries.oci.error_body import API_VERSION_HEADER, ErrorBody, is_own_not_found
from registries.oci.json_object import json_object
from registries.oci.listing import Listing, Listings, Page
from registries.oci.login_check import LoginCheck
from registries.oci.manifest import Manifest, manifest_from_body, manifest_from_head
from registries.oci.media_types import ACCEPT_JSON, ACCEPT_MANIFESTS
from registries.oci.quirks import NO_QUIRKS, Quirks
from registries.oci.reference import Reference, is_repository, is_tag
from registries.oci.scope import CATALOG, NO_SCOPE, pull
from registries.transport.endpoint import Endpoint

_BASE = "/v2/"
_CATALOG = "/v2/_catalog"
_CATALOG_FORBIDDEN = (401, 403, 404, 405, 501)


class OCIClient:
    """The client of one registry. Thread-safe."""

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Callable[[], float] = time.monotonic,
        quirks: Quirks = NO_QUIRKS,
    ) -> None:
        self._endpoint = endpoint
        self._quirks = quirks
        self._session = AuthorizedSession(endpoint, clock, quirks)
        self._listings = Listings(endpoint.origin, clock, quirks)
        self._confirm_login = LoginCheck(self._log_in_again, clock)

    @property
    def requests(self) -> int:
        return self._session.requests

    @property
    def bytes_read(self) -> int:
        return self._session.bytes_read

    def close(self) -> None:
        self._session.close()

    def ping(self) -> None:
        try:
            self._expect_welcome()
        except AuthenticationFailed:
            if self._endpoint.credential is None and self._quirks.nobody_needs_a_scope:
                return
            raise
        if self._session.volunteer_login():
            self._expect_welcome()

    def _expect_welcome(self) -> None:
        response = self._session.ask("GET", _BASE, ACCEPT_JSON, NO_SCOPE)
        status, said = response.status_code, ErrorBody.of(response)
        if status == 200:
            self._expect_a_registry(response)
        elif status == 404:
            raise NotARegistry(
                f"Not a registry: {self._endpoint.origin} has no {_BASE}", status=404
            )
        elif status == 401 or (status == 403 and said.codes):
            raise AuthenticationFailed(
                f"Authentication failed: {self._endpoint.origin} answered {status}{said}",
                status=status,
            )
        else:
            raise UnexpectedStatus(f"Unexpected status {status} on {_BASE}{said}", status=status)

    def catalog(self) -> Iterator[Page]:
        listing = Listing(_CATALOG, "repositories", is_repository)
        return self._listings.pages(listing, self._ask_catalog, self._catalog_failure)

    def tags(self, repository: str) -> Iterator[Page]:
        """Yield pages of tags. Raise NotFound if the registry itself says that the repository is
        unknown."""
        path = f"/v2/{_checked(repository, is_repository)}/tags/list"
        return self._listings.pages(
            Listing(path, "tags", is_tag),
            lambda target: self._ask_repository("GET", target, ACCEPT_JSON, repository),
            lambda response: self._repository_failure(response, path),
        )

    def manifest(self, reference: Reference) -> Manifest | None:
        """Return the manifest, or None if the registry itself says that the tag is unknown."""
        repository = _checked(reference.repository, is_repository)
        path = f"/v2/{repository}/manifests/{_checked(reference.tag, is_tag)}"
        response = self._ask_repository("HEAD", path, ACCEPT_MANIFESTS, repository)
        if response.status_code == 200:
            manifest = manifest_from_head(response, self._quirks.checksum_header)
            return manifest or self._read_manifest(path, repository)
        # A response to HEAD has no body to tell the registry's own 404 from a proxy's, and some
        # registries do not support HEAD at all.
        if response.status_code in (404, 405):
            return self._read_manifest(path, repository)
        raise self._repository_failure(response, path)

    def _read_manifest(self, path: str, repository: str) -> Manifest | None:
        response = self._ask_repository("GET", path, ACCEPT_MANIFESTS, repository)
        if response.status_code == 200:
            return manifest_from_body(response, path)
        if is_own_not_found(response):
            return None
        raise self._repository_failure(response, path)

    def _ask_catalog(self, target: str) -> Response:
        try:
            return self._session.ask(
                "GET",
                target,
                ACCEPT_JSON,
                NO_SCOPE if self._quirks.catalog_without_scope else CATALOG,
                self._endpoint.limits.catalog_seconds,
            )
        except AuthenticationFailed as refusal:
            if self._endpoint.credential is None:
                raise
            self._confirm_login()
            raise _catalog_forbidden(refusal.status, "") from None

    def _catalog_failure(self, response: Response) -> RegistryError:
        status, said = response.status_code, str(ErrorBody.of(response))
        if status == 401:
            self._confirm_login()
        if status in _CATALOG_FORBIDDEN:
            return _catalog_forbidden(status, said)
        return UnexpectedStatus(
            f"Unexpected status {status} on {_CATALOG}{said}", status=status, stage=Stage.CATALOG
        )

    def _ask_repository(self, method: str, target: str, accept: str, repository: str) -> Response:
        try:
            return self._session.ask(method, target, accept, pull(repository))
        except (AuthenticationFailed, ChallengeInvalid, RealmUntrusted) as refusal:
            self._confirm_login()
            raise AccessDenied(
                f"Access denied: the credentials may not read {repository}: {refusal}",
                status=refusal.status,
            ) from None

    def _repository_failure(self, response: Response, path: str) -> RegistryError:
        status, said = response.status_code, ErrorBody.of(response)
        if is_own_not_found(response):
            return NotFound(f"Not found: {path}{said}", status=404)
        if status in (401, 403):
            self._confirm_login()
            return AccessDenied(f"Access denied: status {status} on {path}{said}", status=status)
        return UnexpectedStatus(f"Unexpected status {status} on {path}{said}", status=status)

    def _log_in_again(self) -> None:
        self._session.forget_token(NO_SCOPE)
        self.ping()

    def _expect_a_registry(self, response: Response) -> None:
        if not response.headers.get(API_VERSION_HEADER, "").startswith("registry/"):
            json_object(response, _BASE)


def _catalog_forbidden(status: int | None, said: str) -> CatalogForbidden:
    return CatalogForbidden(f"Unexpected status {status} on {_CATALOG}{said}", status=status)


def _checked(name: str, is_name: Callable[[object], bool]) -> str:
    """Return the name, if it is safe in a path that credentials are sent to. Raise
    MalformedResponse."""
    if not is_name(name):
        raise MalformedResponse("Malformed name: it violates the OCI grammar")
    return name
