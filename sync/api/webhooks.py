"""A registry's webhook: set it up, rotate its secrets, and list its deliveries."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access.actor import Actor
from harborguard.api.pagination import KeysetPages
from harborguard.api.parsers import NothingParser
from harborguard.api.serializers import NothingSerializer
from harborguard.api.views import Resource
from registries.models import Registry
from registries.webhook import setup
from sync.api import examples
from sync.api.filters import DeliveryFilters
from sync.api.problems import refusals_as_problems
from sync.api.webhook_serializers import DeliverySerializer, WebhookSerializer
from sync.models import PushDelivery


def _shown(request: Request, registry: Registry) -> Response:
    root = setup.root_url(request.build_absolute_uri("/"))
    return Response(WebhookSerializer(setup.shown(registry, root)).data)


def _registry(registry_id: int) -> Registry:
    return get_object_or_404(Registry.objects.select_related("webhook"), pk=registry_id)


class WebhookDetail(Resource):
    serializer_class = WebhookSerializer

    @extend_schema(
        operation_id="getWebhook",
        summary="Retrieve a registry's webhook",
        examples=[examples.WEBHOOK],
    )
    def get(self, request: Request, registry_id: int) -> Response:
        """Return its URL, its secret, and the setup instructions for the registry.

        `404 no_pushes`: the product sends no webhooks.
        """
        with refusals_as_problems():
            return _shown(request, _registry(registry_id))

    @extend_schema(
        operation_id="updateWebhook",
        summary="Choose the verification of deliveries",
        examples=[examples.VERIFICATION, examples.WEBHOOK],
    )
    def patch(self, request: Request, registry_id: int) -> Response:
        """Deliveries that cannot be verified this way are rejected from now on. `url`:
        everybody who knows the URL is trusted."""
        registry = _registry(registry_id)
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        with refusals_as_problems():
            if slug := serializer.validated_data.get("verification"):
                setup.choose_verification(registry, slug, by=Actor.of(request))
            return _shown(request, _registry(registry_id))


class RotateWebhook(Resource):
    serializer_class = NothingSerializer
    parser_classes = (NothingParser,)

    @extend_schema(
        operation_id="rotateWebhook",
        summary="Rotate a webhook's URL and secret",
        responses={200: WebhookSerializer},
        examples=[examples.WEBHOOK],
    )
    def post(self, request: Request, registry_id: int) -> Response:
        """The current ones stay valid for 24 hours, so that the registry can be updated in between.
        Those from before an earlier rotation stop working immediately."""
        self.get_serializer(data=request.data).is_valid(raise_exception=True)
        with refusals_as_problems():
            setup.rotate(_registry(registry_id), by=Actor.of(request))
            return _shown(request, _registry(registry_id))


class DeliveryList(Resource):
    """Deliveries are numbered in order of arrival."""

    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilters
    pagination_class = KeysetPages
    is_list = True
    orderings: ClassVar = {"id": "id"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[PushDelivery]:
        return PushDelivery.objects.filter(registry=self.kwargs.get("registry_id"))

    def leading(self) -> dict[str, int]:
        return {"registry_id": int(self.kwargs.get("registry_id", 0))}

    @extend_schema(
        operation_id="listDeliveries",
        summary="List webhook deliveries",
        examples=[examples.DELIVERY],
    )
    def get(self, request: Request, registry_id: int) -> Response:
        """List deliveries of the last seven days, newest first. Of those that start nothing, only
        some are kept per minute."""
        get_object_or_404(Registry.objects.only("pk"), pk=registry_id)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
