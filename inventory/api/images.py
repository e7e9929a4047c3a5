"""Images: one per tag of each repository, with its history."""

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
        """Order by ``changedAt`` if ``changedSince`` is given, to match its index."""
        request = getattr(self, "request", None)
        return "changedAt" if request is not None and "changedSince" in request.GET else "id"

    def leading(self) -> dict[str, int]:
        """Return the index columns before the order; only "any" has no index by registry."""
        query = self.request.query_params
        if "registry" not in query or query.get("removed") == "any":
            return {}
        return {"registry_id": int(query["registry"])}

    @extend_schema(
        operation_id="listImages",
        summary="List images",
        responses=ImageSerializer(many=True),
        examples=[examples.IMAGE],
    )
    def get(self, request: Request) -> Response:
        """List images, one per repository and tag, with the tag's current digest.

        Sorted by `id`, or by `changedAt` if `changedSince` is given. Sorted by `id`, no image is
        skipped or repeated, even during a sync. To learn of every change, including moves and
        removals, read the change feed.
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
        """Show an image. Its ID stays the same when its tag is moved, removed or restored."""
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
        summary="List the history of an image",
        responses=EventSerializer(many=True),
        examples=[examples.EVENT],
    )
    def get(self, request: Request, image_id: int) -> Response:
        """List every change of the tag, newest first, with the digests it pointed to."""
        get_object_or_404(Image.objects.only("pk"), pk=image_id)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
