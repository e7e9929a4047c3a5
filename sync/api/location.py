"""The Location header in the OpenAPI document: what has been made, or where to watch it."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter

LOCATION = OpenApiParameter(
    "Location",
    str,
    OpenApiParameter.HEADER,
    required=True,
    response=[201, 202],
    description="The path of the registry, of the run or of the dry run.",
)
