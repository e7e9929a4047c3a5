"""The caller."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access.api.serializers import MeSerializer
from harborguard.access.roles import effective_role
from harborguard.api.views import Resource


class Me(Resource):
    serializer_class = MeSerializer

    @extend_schema(operation_id="getMe", summary="Retrieve the caller")
    def get(self, request: Request) -> Response:
        """Return whose key this is, what it may do, and when it expires."""
        me = {"user": request.user, "key": request.auth, "effective_role": effective_role(request)}
        return Response(self.get_serializer(me).data)
