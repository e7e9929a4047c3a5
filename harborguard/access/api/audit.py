"""The audit trail, for admins. Read-only: the database enforces it."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access.api.serializers import AuditEntrySerializer
from harborguard.access.filters import AuditFilters
from harborguard.access.models import AuditEntry
from harborguard.api.pagination import KeysetPages
from harborguard.api.views import Resource


class AuditTrail(Resource):
    serializer_class = AuditEntrySerializer
    queryset = AuditEntry.objects.all()
    is_list = True
    filterset_class = AuditFilters
    pagination_class = KeysetPages
    orderings: ClassVar = {"id": "id"}
    default_ordering = "-id"

    @extend_schema(operation_id="listAuditEntries", summary="List audit entries")
    def get(self, request: Request) -> Response:
        """List who did what, when and from where, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class AuditEntryDetail(Resource):
    serializer_class = AuditEntrySerializer
    queryset = AuditEntry.objects.all()
    lookup_url_kwarg = "entry_id"

    @extend_schema(operation_id="getAuditEntry", summary="Retrieve an audit entry")
    def get(self, request: Request, entry_id: int) -> Response:
        """Return one entry of the audit trail."""
        return Response(self.get_serializer(self.get_object()).data)
