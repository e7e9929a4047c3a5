"""List the providers: the registry products that can be connected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.api.views import Resource
from registries.api.serializers import ProviderSerializer
from registries.providers import PROVIDERS, detect
from registries.providers.shared.base import Provider
from registries.transport.origin import Origin
from registries.validation import normal_url

_EXAMPLE = OpenApiExample(
    "OCI registry",
    value={
        "slug": "distribution",
        "name": "OCI registry",
        "hosts": [],
        "credentialFields": [
            {
                "name": "username",
                "label": "User name",
                "help": "The user name for docker login. Leave empty for anonymous access",
                "secret": False,
            },
            {
                "name": "secret",
                "label": "Password or token",
                "help": "A token with read (pull) permission is enough",
                "secret": True,
            },
        ],
        "options": [],
        "bulkDigests": False,
        "pageSize": 1000,
        "pushes": {
            "verifications": [{"slug": "header", "name": "A header", "needs": []}],
            "tellsDeletes": True,
        },
        "takesPushes": True,
    },
    response_only=True,
)
_URL = OpenApiParameter(
    "url", description="Return only the provider detected for a registry at this URL."
)


class ProviderList(Resource):
    serializer_class = ProviderSerializer
    is_list = True
    query_parameters: ClassVar = ("url",)
    filter_backends = ()

    @extend_schema(
        operation_id="listProviders",
        summary="List providers",
        parameters=[_URL],
        examples=[_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """List the registry products that can be connected, with the fields each of them needs."""
        url = request.query_params.get("url")
        found = list(PROVIDERS.values()) if url is None else [_at(url)]
        page: Sequence[Provider] | None = self.paginate_queryset(found)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ProviderDetail(Resource):
    serializer_class = ProviderSerializer
    lookup_url_kwarg = "slug"

    @extend_schema(operation_id="getProvider", summary="Show a provider", examples=[_EXAMPLE])
    def get(self, request: Request, slug: str) -> Response:
        """Return a registry product with the fields that a connection to it needs."""
        if slug not in PROVIDERS:
            raise NotFound
        return Response(self.get_serializer(PROVIDERS[slug]).data)


def _at(url: str) -> Provider:
    try:
        origin = normal_url(url, insecure=url.strip().lower().startswith("http:"))
    except DjangoValidationError as error:
        raise ValidationError({"url": error.messages}) from None
    return PROVIDERS[detect(Origin.parse(origin))]
