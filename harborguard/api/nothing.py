"""The answer for unknown URLs under /api/."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


@extend_schema(exclude=True)
class Nothing(APIView):
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]  # noqa: RUF012  as Django's

    def _refuse(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        hint = " URLs have no trailing slash." if request.path.endswith("/") else ""
        raise NotFound(f"Nothing is at this URL.{hint}")

    get = post = put = patch = delete = _refuse
