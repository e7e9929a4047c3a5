"""Runs: each attempt to read a registry."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.api.views import Resource
from sync.api.serializers import RunSerializer
from sync.models import SyncRun


class RunDetail(Resource):
    serializer_class = RunSerializer
    lookup_url_kwarg = "run_id"

    def get_queryset(self) -> QuerySet[SyncRun]:
        return SyncRun.objects.select_related("registry", "requested_by")

    @extend_schema(operation_id="getRun", summary="Show a run")
    def get(self, request: Request, run_id: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
