"""Google: the API of Artifact Registry, the registry API with longer tag lists, and tokens.

https://cloud.google.com/artifact-registry/docs/reference/rest
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Self
from unittest.mock import patch
from urllib.parse import parse_qs, quote, unquote

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.auth import jwt

from registries.providers.artifact_registry import login
from tests.fakes.http_server import Reply, Request
from tests.fakes.registry import manifest
from tests.fakes.replies import answer_json, oci_error
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.vendor import Image, Vendor

PROJECT, LOCATION = "team-project", "europe-west3"
ACCOUNT = f"reader@{PROJECT}.iam.gserviceaccount.com"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
_V1 = r"/v1/projects/([^/]+)/locations"
_PLACE = rf"{_V1}/([^/]+)/repositories/([^/]+)"
_UPLOADED = "2024-05-06T07:08:09.123456789Z"
_UPLOADED_MS = "1714979289123"


@lru_cache(maxsize=1)
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@lru_cache(maxsize=1)
def key_file() -> str:
    pem = private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return json.dumps(
        {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "key-1",
            "private_key": pem.decode(),
            "client_email": ACCOUNT,
            "client_id": "1",
            "token_uri": "https://attacker.invalid/token",
        }
    )


class ArtifactRegistry(Vendor):
    """A fake whose names of ``content`` are <project>/<repository>/<image>.

    - ``children``: the number of untagged rows of each image in the listing of all images.
    - ``closed``: repositories of Artifact Registry that the credentials may not read.
    - ``refuses_api`` and ``refuses_plane``: whether one of the APIs refuses everything.
    - ``own_repository``: as at gcr.io, the only repository, which names omit.
    """

    slug = "artifact-registry"
    first = f"{PROJECT}/docker/app"
    username = "_json_key"
    routes = (
        ("POST", r"/token", "token"),
        ("GET", _V1, "locations"),
        ("GET", rf"{_V1}/([^/]+)/repositories", "repositories"),
        ("GET", _PLACE, "repository"),
        ("GET", rf"{_PLACE}/packages", "packages"),
        ("GET", rf"{_PLACE}/dockerImages", "images"),
        ("GET", rf"{_PLACE}/packages/([^/]+)/tags", "tags"),
        ("GET", rf"{_PLACE}/packages/([^/]+)/tags/([^/]+)", "tag"),
        ("GET", r"/v2/", "welcome"),
        ("GET", r"/v2/(.+)/tags/list", "tag_list"),
        ("HEAD", r"/v2/(.+)/manifests/([^/]+)", "manifest"),
        ("GET", r"/v2/(.+)/manifests/([^/]+)", "manifest"),
    )
    page_most = 1000

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.children = 0
        self.closed: set[str] = set()
        self.refuses_api = self.refuses_plane = False
        self.own_repository = ""
        self.tokens = 0
        self.answers = 0

    @classmethod
    @contextmanager
    def serve(cls) -> Iterator[Self]:
        cls.secret = key_file()
        with (
            super().serve() as fake,
            patch.object(login, "TOKEN_SERVER", f"{fake.server.url}/token"),
        ):
            yield fake

    def fill(self, repositories: int, tags: int) -> None:
        """Add the first image to a repository of its own, and the others to another one."""
        for index in range(repositories):
            name = f"{PROJECT}/more/app-{index}" if index else self.first
            images = self.content.setdefault(name, {})
            for tag in range(tags):
                number = index * tags + tag + 1
                images[f"v{tag}"] = Image(f"sha256:{number:064x}")

    @property
    def options(self) -> dict[str, str | tuple[str, ...]]:
        return {"api_url": self.server.url, "locations": (LOCATION,)}

    def throttled(self, request: Request) -> Reply:
        return google_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded")

    def token(self, request: Request) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        claims = jwt.decode(form["assertion"], verify=False)  # type: ignore[no-untyped-call]
        if Fault.WRONG_LOGIN in self.faults or claims["iss"] != ACCOUNT:
            said = "Invalid JWT Signature."
            if Fault.ECHO in self.faults:
                said = f"{request.body.decode()} {self.secret}"
            return answer_json({"error": "invalid_grant", "error_description": said}, 400, {})
        self.tokens += 1
        seconds = 1 if Fault.EXPIRED_LOGIN in self.faults else 3599
        document = {"access_token": f"ya29.{self.tokens}", "expires_in": seconds}
        return answer_json({**document, "token_type": "Bearer"}, headers={})

    # The API

    def locations(self, request: Request, project: str) -> Reply:
        if refusal := self._api_refusal(request):
            return refusal
        rows = [{"name": f"projects/{project}/locations/{LOCATION}", "locationId": LOCATION}]
        return self._page(request, "locations", rows)

    def repositories(self, request: Request, project: str, location: str) -> Reply:
        if refusal := self._api_refusal(request):
            return refusal
        if Fault.CATALOG_DENIED in self.faults:
            return denied("artifactregistry.repositories.list")
        path = f"projects/{project}/locations/{location}/repositories"
        names = (
            sorted({self._split(name)[1] for name in self.content}) if location == LOCATION else []
        )
        rows = [
            {"name": f"{path}/{name}", "format": "DOCKER", "mode": "STANDARD_REPOSITORY"}
            for name in names
        ]
        return self._page(
            request, "repositories", [*rows, {"name": f"{path}/mvn", "format": "MAVEN"}]
        )

    def repository(self, request: Request, *place: str) -> Reply:
        if refusal := self._api_refusal(request) or self._place_refusal(*place):
            return refusal
        return answer_json({"name": place[2], "format": "DOCKER"}, headers={})

    def packages(self, request: Request, *place: str) -> Reply:
        if refusal := self._api_refusal(request) or self._place_refusal(*place):
            return refusal
        path = f"{_path(*place)}/packages"
        rows = [{"name": f"{path}/{quote(image, safe='')}"} for image in sorted(self._held(*place))]
        return self._page(request, "packages", rows)

    def images(self, request: Request, *place: str) -> Reply:
        if refusal := self._api_refusal(request) or self._place_refusal(*place):
            return refusal
        held = self._held(*place)
        first = self._split(self.first)
        if place[2] == first[1] and Fault.REPOSITORY_DENIED in self.faults:
            return denied("artifactregistry.dockerimages.list")
        if place[2] == first[1] and Fault.RENAMED in self.faults:
            held.pop(first[2], None)
        rows = [row for image in held for row in self._rows(image, held[image], *place)]
        if held and self.take(Fault.DRIFT):
            image = next(iter(held))
            name = self._name(place[0], place[2], image)
            self.faults.add(Fault.DRIFT)
            self.drift(name)
        return self._page(request, "dockerImages", rows)

    def tags(self, request: Request, *parts: str) -> Reply:
        *place, package = parts
        if refusal := self._api_refusal(request) or self._image_refusal(place, package):
            return refusal
        path = f"{_path(*place)}/packages/{package}"
        images = self._held(*place)[unquote(package)]
        rows = [
            {"name": f"{path}/tags/{tag}", "version": f"{path}/versions/{image.digest}"}
            for tag, image in images.items()
        ]
        return self._page(request, "tags", rows)

    def tag(self, request: Request, *parts: str) -> Reply:
        *place, package, tag = parts
        if refusal := self._api_refusal(request) or self._image_refusal(place, package):
            return refusal
        image = self._held(*place)[unquote(package)].get(tag)
        if image is None:
            return google_error(404, "NOT_FOUND", "Requested entity was not found.")
        path = f"{_path(*place)}/packages/{package}"
        version = f"{path}/versions/{image.digest}"
        return answer_json({"name": f"{path}/tags/{tag}", "version": version}, headers={})

    # The registry API

    def welcome(self, request: Request) -> Reply:
        return self._plane_refusal(request) or answer_json({})

    def tag_list(self, request: Request, name: str) -> Reply:
        if refusal := self._plane_refusal(request, name):
            return refusal
        images = self.content.get(name, {})
        below = {
            other.removeprefix(f"{name}/").partition("/")[0]
            for other in self.content
            if other.startswith(f"{name}/")
        }
        is_gone = name == self.first and Fault.RENAMED in self.faults
        if is_gone or (name not in self.content and not below):
            return oci_error(404, "NAME_UNKNOWN")
        manifests: dict[str, dict[str, Any]] = {}
        for tag, image in images.items():
            row = {
                "imageSizeBytes": str(image.size),
                "mediaType": OCI_INDEX,
                "tag": [],
                "timeCreatedMs": "0",
                "timeUploadedMs": _UPLOADED_MS,
            }
            manifests.setdefault(image.digest, row)["tag"].append(tag)
        document = {"name": name, "tags": list(images), "manifest": manifests}
        return answer_json({**document, "child": sorted(below)})

    def manifest(self, request: Request, name: str, tag: str) -> Reply:
        if refusal := self._plane_refusal(request, name):
            return refusal
        if name not in self.content:
            return oci_error(404, "NAME_UNKNOWN")
        image = self.content[name].get(tag)
        return manifest(image.digest) if image else oci_error(404, "MANIFEST_UNKNOWN")

    # Refusals of both

    def _api_refusal(self, request: Request) -> Reply | None:
        self.answers += 1
        is_expired = self.answers > 3 and self.take(Fault.EXPIRED_LOGIN)
        if is_expired or request.authorization not in self._valid("Bearer {}".format):
            return google_error(401, "UNAUTHENTICATED", "Request had invalid credentials.")
        if self.refuses_api:
            return google_error(403, "PERMISSION_DENIED", "API has not been used in project 1")
        return None

    def _plane_refusal(self, request: Request, name: str = "") -> Reply | None:
        if request.authorization not in self._valid(_as_docker):
            return oci_error(401, "UNAUTHORIZED")
        is_first = name == self.first and Fault.REPOSITORY_DENIED in self.faults
        is_closed = name and len(self._split(name)) > 1 and self._split(name)[1] in self.closed
        if self.refuses_plane or is_first or is_closed:
            return oci_error(403, "DENIED")
        return None

    def _valid(self, header: Any) -> set[str]:
        return {header(f"ya29.{number}") for number in range(1, self.tokens + 1)}

    def _place_refusal(self, project: str, location: str, repository: str) -> Reply | None:
        if repository in self.closed:
            return denied("artifactregistry.packages.list")
        if location != LOCATION or not self._held(project, location, repository):
            return google_error(404, "NOT_FOUND", "Requested entity was not found.")
        return None

    def _image_refusal(self, place: list[str], package: str) -> Reply | None:
        if refusal := self._place_refusal(*place):
            return refusal
        name = self._name(place[0], place[2], unquote(package))
        if name == self.first and Fault.REPOSITORY_DENIED in self.faults:
            return denied("artifactregistry.tags.list")
        is_gone = name == self.first and Fault.RENAMED in self.faults
        if is_gone or name not in self.content:
            return google_error(404, "NOT_FOUND", "Requested entity was not found.")
        return None

    def _held(self, project: str, location: str, repository: str) -> dict[str, dict[str, Image]]:
        """Return {image: {tag: Image}} of a repository of Artifact Registry."""
        split = {name: self._split(name) for name in self.content}
        here = (_project(project), repository)
        return {
            image: self.content[name]
            for name, (of_project, of_repository, image) in split.items()
            if (of_project, of_repository) == here
        }

    def _split(self, name: str) -> tuple[str, ...]:
        """Return (project, repository, image). A domain-scoped project has a slash."""
        parts = name.split("/")
        of_a_domain = "." in parts[0]
        project, rest = "/".join(parts[: 1 + of_a_domain]), parts[1 + of_a_domain :]
        if self.own_repository:
            rest = [self.own_repository, *rest]
        return (project, *rest[:1], "/".join(rest[1:]))

    def _name(self, project: str, repository: str, image: str) -> str:
        parts = [_project(project)] + ([] if self.own_repository else [repository])
        return "/".join([*parts, image])

    def _rows(self, image: str, tags: dict[str, Image], *place: str) -> list[dict[str, Any]]:
        """Return a row for each digest with its tags, and untagged rows for platforms."""
        rows: dict[str, dict[str, Any]] = {}
        for number in range(self.children if tags else 0):
            digest = f"sha256:{'c' * 60}{number:04d}"
            rows[digest] = {"name": _image_path(image, digest, *place), "imageSizeBytes": "1"}
        for tag, held in tags.items():
            row = {
                "name": _image_path(image, held.digest, *place),
                "tags": [],
                "imageSizeBytes": str(held.size),
                "uploadTime": _UPLOADED,
                "mediaType": OCI_INDEX,
                "imageManifests": [
                    {"os": "linux", "architecture": "arm64", "variant": "v8"},
                    {"os": "linux", "architecture": "amd64"},
                    {"os": "unknown", "architecture": "unknown"},
                ],
            }
            rows.setdefault(held.digest, row)["tags"].append(tag)
        return list(rows.values())

    def _page(self, request: Request, key: str, rows: list[dict[str, Any]]) -> Reply:
        """Return a page of at most the allowed size, without empty members."""
        token = request.query.get("pageToken", [""])[0]
        if token and self.take(Fault.LOST_CURSOR):
            return google_error(400, "INVALID_ARGUMENT", "Invalid page token.")
        start = int(base64.b64decode(token)) if token else 0
        if Fault.ENDLESS in self.faults:
            start = min(start, 1)
        most = 3 if Fault.PAGE_SIZE_REFUSED in self.faults else self.page_most
        size = min(int(request.query.get("pageSize", ["100"])[0]), most)
        size = 1 if Fault.SHORT_PAGES in self.faults else size
        document: dict[str, Any] = {}
        if shown := rows[start : start + size]:
            document[key] = shown
        if start + size < len(rows):
            document["nextPageToken"] = base64.b64encode(str(start + size).encode()).decode()
        return answer_json(document, headers={})


def google_error(status: int, code: str, message: str) -> Reply:
    error = {"code": status, "message": message, "status": code}
    return answer_json({"error": error}, status, {})


def denied(permission: str) -> Reply:
    return google_error(403, "PERMISSION_DENIED", f"Permission '{permission}' denied on resource")


def _as_docker(token: str) -> str:
    return f"Basic {base64.b64encode(f'oauth2accesstoken:{token}'.encode()).decode()}"


def _project(text: str) -> str:
    return unquote(text).replace(":", "/")


def _path(project: str, location: str, repository: str) -> str:
    return f"projects/{project}/locations/{location}/repositories/{repository}"


def _image_path(image: str, digest: str, *place: str) -> str:
    return f"{_path(*place)}/dockerImages/{quote(image, safe='')}@{digest}"
