"""Registries: the connections, and how they are."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.api.views import Resource
from inventory.models import Image
from registries.models import Registry
from sync.api.serializers import RegistrySerializer
from sync.models import LIVE_STATES, SyncRun


def shown() -> QuerySet[Registry]:
    """Registries with all that ``RegistrySerializer`` shows, in a constant number of queries."""
    held = Image.objects.filter(registry=OuterRef("pk"), held_at__isnull=False)
    live = SyncRun.objects.filter(state__in=LIVE_STATES).select_related("registry", "requested_by")
    return (
        Registry.objects.select_related("credential")
        .annotate(
            held_removals=Coalesce(
                Subquery(held.order_by().values("registry").values_list(Count("pk"))), 0
            )
        )
        .prefetch_related(Prefetch("runs", queryset=live, to_attr="live_runs"))
    )


class RegistryList(Resource):
    serializer_class = RegistrySerializer
    is_list = True
    orderings: ClassVar = {"name": "name", "status": "status", "lastSyncAt": "last_sync_at"}

    def get_queryset(self) -> QuerySet[Registry]:
        return shown()

    @extend_schema(operation_id="listRegistries", summary="List registries")
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class RegistryDetail(Resource):
    serializer_class = RegistrySerializer
    lookup_url_kwarg = "registry_id"

    def get_queryset(self) -> QuerySet[Registry]:
        return shown()

    @extend_schema(operation_id="getRegistry", summary="Show a registry")
    def get(self, request: Request, registry_id: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)
