"""Runs: each attempt to read a registry."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.api.pagination import KeysetPages
from harborguard.api.views import Resource
from registries.models import Registry
from sync.api import examples
from sync.api.filters import RegistryRunFilters, RunFilters
from sync.api.run_serializers import RunSerializer, RunSummarySerializer
from sync.models import SyncRun


class RunPages(Resource):
    """Runs are queued in the order of their ids."""

    serializer_class = RunSummarySerializer
    pagination_class = KeysetPages
    is_list = True
    orderings: ClassVar = {"id": "id"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[SyncRun]:
        return SyncRun.objects.select_related("registry", "requested_by").defer(
            "warnings", "failed_repositories", "registry__ca_pem", "registry__known_repositories"
        )

    def answer(self) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class RunList(RunPages):
    filterset_class = RunFilters

    @extend_schema(operation_id="listRuns", summary="List runs", examples=[examples.RUN_SUMMARY])
    def get(self, request: Request) -> Response:
        """Of all registries, the newest first."""
        return self.answer()


class RegistryRunList(RunPages):
    filterset_class = RegistryRunFilters

    def get_queryset(self) -> QuerySet[SyncRun]:
        return super().get_queryset().filter(registry=self.kwargs.get("registry_id"))

    @extend_schema(
        operation_id="listRegistryRuns",
        summary="List a registry's runs",
        examples=[examples.RUN_SUMMARY],
    )
    def get(self, request: Request, registry_id: int) -> Response:
        """The newest first."""
        get_object_or_404(Registry.objects.only("pk"), pk=registry_id)
        return self.answer()


class RunDetail(Resource):
    serializer_class = RunSerializer
    lookup_url_kwarg = "run_id"

    def get_queryset(self) -> QuerySet[SyncRun]:
        return SyncRun.objects.select_related("registry", "requested_by")

    @extend_schema(operation_id="getRun", summary="Show a run", examples=[examples.RUN])
    def get(self, request: Request, run_id: int) -> Response:
        """What it has read and changed, why it failed, and what did not stop it."""
        return Response(self.get_serializer(self.get_object()).data)
