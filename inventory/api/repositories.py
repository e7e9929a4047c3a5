"""Repositories, as listed in the catalogs of registries."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.api.pagination import KeysetPages
from harborguard.api.views import Resource
from inventory import rows
from inventory.api import examples
from inventory.api.filters import RepositoryFilters
from inventory.api.serializers import RepositorySerializer, RepositorySummarySerializer
from inventory.kind import Kind
from inventory.models import Repository


class RepositoryList(Resource):
    serializer_class = RepositorySummarySerializer
    filterset_class = RepositoryFilters
    pagination_class = KeysetPages
    is_list = True
    orderings: ClassVar = {"name": "name", "id": "id"}

    def get_queryset(self) -> QuerySet[Repository]:
        return rows.repositories()

    @extend_schema(
        operation_id="listRepositories",
        summary="List repositories",
        responses=RepositorySummarySerializer(many=True),
        examples=[examples.REPOSITORY],
    )
    def get(self, request: Request) -> Response:
        """List repositories of all registries or one, sorted by name."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class RepositoryDetail(Resource):
    serializer_class = RepositorySerializer
    lookup_url_kwarg = "repository_id"

    def get_queryset(self) -> QuerySet[Repository]:
        present = Q(images__isnull=False, images__removed_at=None, images__kind=Kind.IMAGE.value)
        return rows.repositories().annotate(image_count=Count("images", filter=present))

    @extend_schema(
        operation_id="getRepository",
        summary="Show a repository",
        responses=RepositorySerializer,
        examples=[examples.REPOSITORY_WITH_COUNT],
    )
    def get(self, request: Request, repository_id: int) -> Response:
        """Show a repository with its number of active images."""
        return Response(self.get_serializer(self.get_object()).data)
