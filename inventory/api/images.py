"""Images: one for each tag of each repository, and what has become of it."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.api.pagination import KeysetPages
from harborguard.api.views import Resource
from inventory import rows
from inventory.api import examples
from inventory.api.filters import ImageFilters
from inventory.api.serializers import EventSerializer, ImageSerializer
from inventory.models import Image, ImageEvent


class ImageList(Resource):
    serializer_class = ImageSerializer
    filterset_class = ImageFilters
    pagination_class = KeysetPages
    is_list = True
    orderings: ClassVar = {"id": "id", "changedAt": "changed_at"}

    def get_queryset(self) -> QuerySet[Image]:
        return rows.images()

    @property
    def default_ordering(self) -> str:
        """Where what has changed is asked for, in the order of the changes: so it is found."""
        request = getattr(self, "request", None)
        return "changedAt" if request is not None and "changedSince" in request.GET else "id"

    def leading(self) -> dict[str, int]:
        """Images that are there, and removed ones, have indexes by registry; not both together."""
        asked = self.request.query_params
        if "registry" not in asked or asked.get("removed") == "any":
            return {}
        return {"registry_id": int(asked["registry"])}

    @extend_schema(
        operation_id="listImages",
        summary="List images",
        responses=ImageSerializer(many=True),
        examples=[examples.IMAGE],
    )
    def get(self, request: Request) -> Response:
        """One for each repository and tag: the digest that the tag points to, and since when.

        In the order of `id`, or of `changedAt` where `changedSince` is given. In the order of `id`
        no image is left out or told twice, even while a sync writes. To hear
        of every change, moves and removals too, read the feed of events.
        """
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ImageDetail(Resource):
    serializer_class = ImageSerializer
    lookup_url_kwarg = "image_id"

    def get_queryset(self) -> QuerySet[Image]:
        return rows.images()

    @extend_schema(
        operation_id="getImage",
        summary="Show an image",
        responses=ImageSerializer,
        examples=[examples.IMAGE],
    )
    def get(self, request: Request, image_id: int) -> Response:
        """Its id stays the same when the tag moves to another digest, is removed, or is back."""
        return Response(self.get_serializer(self.get_object()).data)


class ImageHistory(Resource):
    serializer_class = EventSerializer
    pagination_class = KeysetPages
    is_list = True
    orderings: ClassVar = {"id": "id"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[ImageEvent]:
        return rows.events().filter(image=self.kwargs["image_id"])

    @extend_schema(
        operation_id="listImageHistory",
        summary="Show the history of an image",
        responses=EventSerializer(many=True),
        examples=[examples.EVENT],
    )
    def get(self, request: Request, image_id: int) -> Response:
        """All that has happened to the tag, newest first: which digests it has pointed to."""
        get_object_or_404(Image.objects.only("pk"), pk=image_id)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
