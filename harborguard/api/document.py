"""The OpenAPI document, and the page that shows it."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from threading import Lock

from django.http import HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request

_writing = Lock()


class Document(SpectacularJSONAPIView):
    http_method_names = ("get", "head")

    def _get_schema_response(self, request: Request) -> HttpResponseBase | None:
        with _writing:
            content, etag = _document()
        # Anybody may cache it, and must revalidate it.
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        answer = HttpResponse(content, OpenApiJsonRenderer.media_type, headers=headers)
        return get_conditional_response(request._request, etag=etag, response=answer)


class Docs(SpectacularSwaggerSplitView):
    http_method_names = ("get", "head")
    url_name = "api:openapi"


@cache
def _document() -> tuple[bytes, str]:
    """Return the document, built once: it is the same for everybody, and anonymous callers may
    request it."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    content: bytes = OpenApiJsonRenderer().render(schema)
    return content, f'"{sha256(content).hexdigest()}"'
