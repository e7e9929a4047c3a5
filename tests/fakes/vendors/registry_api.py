"""The registry API that every vendor has: /v2/ with catalog, tag lists and manifests."""

from __future__ import annotations

import base64
from urllib.parse import quote, unquote

from tests.fakes.http_server import Reply, Request
from tests.fakes.registry import manifest
from tests.fakes.replies import REGISTRY, answer, answer_json, oci_error, unauthorized
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Vendor

REGISTRY_ROUTES = (
    ("GET", r"/v2/", "welcome"),
    ("GET", r"/v2/_catalog", "catalog"),
    ("GET", r"/v2/(.+)/tags/list", "tag_list"),
    ("HEAD", r"/v2/(.+)/manifests/([^/]+)", "manifest"),
    ("GET", r"/v2/(.+)/manifests/([^/]+)", "manifest"),
)


class RegistryAPI(Vendor):
    """A registry API with Basic authentication, and pages by ``n`` and ``last``."""

    page_most = 1000

    def welcome(self, request: Request) -> Reply:
        return self.registry_refusal(request) or answer_json({})

    def catalog(self, request: Request) -> Reply:
        if refusal := self.registry_refusal(request):
            return refusal
        if Fault.CATALOG_DENIED in self.faults:
            return oci_error(403, "DENIED")
        return self._page(request, "repositories", sorted(self.content))

    def tag_list(self, request: Request, name: str) -> Reply:
        if refusal := self.registry_refusal(request) or self.repository_refusal(name):
            return refusal
        tags = sorted(self.content[name])
        self.drift(name)
        return self._page(request, "tags", tags)

    def manifest(self, request: Request, name: str, tag: str) -> Reply:
        if refusal := self.registry_refusal(request) or self.repository_refusal(name):
            return refusal
        image = self.content[name].get(unquote(tag))
        return manifest(image.digest) if image else oci_error(404, "MANIFEST_UNKNOWN")

    def registry_refusal(self, request: Request) -> Reply | None:
        wanted = base64.b64encode(f"{self.username}:{self.secret}".encode()).decode()
        is_wrong = Fault.WRONG_LOGIN in self.faults
        if request.authorization != f"Basic {wanted}" or is_wrong:
            if Fault.ECHO in self.faults:
                said = f"you sent {request.authorization} {self.secret}"
                return answer_json(
                    {"errors": [{"code": "UNAUTHORIZED", "message": said}]},
                    401,
                    {**REGISTRY, "WWW-Authenticate": 'Basic realm="fake"'},
                )
            return unauthorized('Basic realm="fake"')
        return None

    def repository_refusal(self, name: str) -> Reply | None:
        if name == FIRST_REPOSITORY and Fault.REPOSITORY_DENIED in self.faults:
            return oci_error(403, "DENIED")
        is_renamed = name == FIRST_REPOSITORY and Fault.RENAMED in self.faults
        if is_renamed or name not in self.content:
            return oci_error(404, "NAME_UNKNOWN")
        return None

    def _page(self, request: Request, key: str, names: list[str]) -> Reply:
        query = request.query
        asked = int(query.get("n", ["100"])[0])
        if asked > self.page_most:
            return oci_error(400, "PAGINATION_NUMBER_INVALID")
        last = query.get("last", [""])[0]
        if last and self.take(Fault.LOST_CURSOR):
            return answer(404)
        if last and Fault.ENDLESS in self.faults:
            last = ""
        left = [name for name in names if name > last]
        size = 1 if Fault.SHORT_PAGES in self.faults else min(asked, self.page_most)
        if Fault.PAGE_SIZE_REFUSED in self.faults and asked > 100:
            return oci_error(400, "PAGINATION_NUMBER_INVALID")
        shown = left[:size]
        headers = dict(REGISTRY)
        if len(left) > size:
            path = request.target.partition("?")[0]
            headers["Link"] = f'<{path}?last={quote(shown[-1], safe="")}&n={asked}>; rel="next"'
        return answer_json({key: shown}, headers=headers)
