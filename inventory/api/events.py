"""The feed of changes, of all registries and of one."""

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
        summary="Read the feed of changes",
        responses=EventSerializer(many=True),
        examples=[examples.EVENT],
    )
    def get(self, request: Request) -> Response:
        """Every change of every image, oldest first, for whoever must not miss any.

        Read from the beginning or from `after=latest` on, follow `next` until it is null, keep
        `cursor`, and come back with it as `after` whenever you like. An event is shown once what
        came before it is settled, so nothing turns up behind a cursor later. `cursor` moves on
        past what your filters leave out. Deleting a registry deletes its events, those that
        nobody has read too.
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
        summary="Read the feed of changes of a registry",
        responses=EventSerializer(many=True),
        examples=[examples.EVENT],
    )
    def get(self, request: Request, registry_id: int) -> Response:
        """Every change of the registry's images, oldest first; read it like the feed of all.

        A cursor is a place in the one order of all changes: it is good here and there. Deleting
        the registry deletes its events.
        """
        get_object_or_404(Registry.objects.only("pk"), pk=registry_id)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
