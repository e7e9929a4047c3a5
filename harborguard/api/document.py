"""The OpenAPI document, and the pages that show it."""

from __future__ import annotations

from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView


class Document(SpectacularJSONAPIView):
    http_method_names = ("get", "head")


class Docs(SpectacularSwaggerSplitView):
    http_method_names = ("get", "head")
    url_name = "api:openapi"
