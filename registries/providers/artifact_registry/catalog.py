"""The catalog of images at Google, in the repositories and locations of Artifact Registry."""

from __future__ import annotations

from collections.abc import Iterator

from registries.errors import (
    CatalogForbidden,
    NotFound,
    PaginationUntrusted,
    RegistryError,
    UnexpectedStatus,
)
from registries.oci.reference import is_repository
from registries.providers.artifact_registry.api import ArtifactRegistry
from registries.providers.artifact_registry.names import Names, Place
from registries.providers.artifact_registry.registry_plane import GoogleRegistry
from registries.providers.artifact_registry.service_account_key import key_of
from registries.providers.shared.combined_catalog import NamespacesNeeded
from registries.providers.shared.fallback import REFUSALS
from registries.transport.endpoint import Endpoint

# Each costs a request.
_NAMES_MOST = 20_000


class ArtifactCatalog:
    """The catalog of one connection.

    The host may determine the location, the service account key the project.
    """

    def __init__(self, endpoint: Endpoint, api: ArtifactRegistry, registry: GoogleRegistry) -> None:
        key = key_of(endpoint.credential) if endpoint.credential else None
        self.project = endpoint.option("project") or (key["project_id"] if key else "")
        self.names = Names(endpoint.origin.host)
        self._api = api
        self._registry = registry
        self._wanted = endpoint.option_list("repositories")
        of_host = (self.names.location,) if self.names.location else ()
        self._locations = endpoint.option_list("locations") or of_host
        self._located: dict[tuple[str, str], Place] = {}

    def places(self) -> list[Place]:
        if not self.project:
            raise NamespacesNeeded(
                "Enter the project in the connection's options: Google lists nothing without one"
            )
        try:
            places = list(self._places(self.project))
        except RegistryError as refusal:
            if refusal.status not in REFUSALS:
                raise
            raise _forbidden(f"repositories of {self.project}", refusal) from None
        self._located |= {(place.project, place.repository): place for place in places}
        return places

    def images(self, place: Place) -> list[str]:
        """Yield the images from the API, or name by name from the registry if the API refuses."""
        try:
            return [image for page in self._api.packages(place) for image in page]
        except RegistryError as error:
            if error.status not in REFUSALS:
                raise
            refusal = error.plain()
        root = self.names.join(place)
        try:
            below = list(self._below(root))
        except RegistryError as error:
            if error.status not in REFUSALS:
                raise
            raise _forbidden(f"images of {place.repository}", refusal) from None
        return [name.removeprefix(f"{root}/") for name in below if name != root]

    def locate(self, name: str) -> tuple[Place, str]:
        """Return the repository that holds an image, and the image's name there."""
        parts = self.names.split(name)
        known = self._located.get((parts.project, parts.repository))
        return known or self._asked(parts.project, parts.repository), parts.image

    def _places(self, project: str) -> Iterator[Place]:
        own = self.names.own_repository
        wanted = (own,) if own else self._wanted
        if wanted and len(self._locations) == 1:
            yield from (Place(project, self._locations[0], name) for name in wanted)
            return
        for location in self._known_locations(project):
            for place in self._api.repositories(project, location):
                if not wanted or place.repository in wanted:
                    yield place

    def _known_locations(self, project: str) -> tuple[str, ...]:
        if not self._locations:
            self._locations = tuple(self._api.locations(project))
            if not self._locations:
                raise NamespacesNeeded(
                    "Enter the repositories in the connection's options: "
                    "Google lists no locations for this project"
                )
        return self._locations

    def _asked(self, project: str, repository: str) -> Place:
        """Try each location that may have the repository."""
        locations = self._known_locations(project)
        places = [Place(project, location, repository) for location in locations]
        if len(places) > 1:
            places = [place for place in places if self._is_there(place)]
        if not places:
            raise UnexpectedStatus(
                f"Unexpected status 404: none of {len(locations)} locations has a repository "
                f"{repository} of {project}"
            )
        self._located[project, repository] = places[0]
        return places[0]

    def _is_there(self, place: Place) -> bool:
        try:
            self._api.check_repository(place)
        except NotFound:
            return False
        return True

    def _below(self, root: str) -> Iterator[str]:
        """Yield the image names below ``root``, which may be an image itself."""
        to_ask, asked = [root], 0
        while to_ask:
            name = to_ask.pop()
            asked += 1
            if asked > _NAMES_MOST or len(to_ask) > _NAMES_MOST:
                raise PaginationUntrusted(
                    f"Pagination untrusted: the names below {root} do not end"
                )
            is_image = False
            for page in self._registry.tags(name):
                is_image = is_image or bool(page.tags or page.manifests)
                to_ask += filter(is_repository, (f"{name}/{child}" for child in page.children))
            if is_image:
                yield name


def _forbidden(what: str, refusal: RegistryError) -> CatalogForbidden:
    return CatalogForbidden(f"The {what} may not be listed: {refusal}", status=refusal.status)
