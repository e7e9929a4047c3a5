"""The change feed, of all registries and of one."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.api.views import Resource
from inventory import rows
from inventory.api import examples
from inventory.api.feed_pages import FeedPages
from inventory.api.filters import EventFilters, RegistryEventFilters
from inventory.api.serializers import EventSerializer
from inventory.models import ImageEvent
from registries.models import Registry


class EventFeed(Resource):
    serializer_class = EventSerializer
    filterset_class = EventFilters
    pagination_class = FeedPages
    is_list = True

    def get_queryset(self) -> QuerySet[ImageEvent]:
        return rows.events()

    @extend_schema(
        operation_id="listEvents",
        summary="Read the change feed",
        responses=EventSerializer(many=True),
        examples=[examples.EVENT],
    )
    def get(self, request: Request) -> Response:
        """Read every change of every image, oldest first, without missing any.

        Start from the beginning or from `after=latest`, follow `next` until it is null, then store
        `cursor` and send it as `after` the next time. Events appear only once all earlier ones are
        committed, so none ever appears before a cursor. `cursor` also moves past events that your
        filters exclude. Deleting a registry deletes its events, including unread ones.
        """
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class RegistryEventFeed(Resource):
    serializer_class = EventSerializer
    filterset_class = RegistryEventFilters
    pagination_class = FeedPages
    is_list = True

    def get_queryset(self) -> QuerySet[ImageEvent]:
        return rows.events().filter(registry=self.kwargs["registry_id"])

    @extend_schema(
        operation_id="listRegistryEvents",
        summary="Read the change feed of a registry",
        responses=EventSerializer(many=True),
        examples=[examples.EVENT],
    )
    def get(self, request: Request, registry_id: int) -> Response:
        """Read every change of the registry's images, oldest first.

        It works like the feed of all registries, and cursors are valid for both. Deleting the
        registry deletes its events.
        """
        get_object_or_404(Registry.objects.only("pk"), pk=registry_id)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
