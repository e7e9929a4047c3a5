from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse
from prometheus_client.exposition import choose_encoder
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from harborguard.access.authentication import KeyAuthentication
from harborguard.metrics.collector import METRICS
from harborguard.metrics.guard import MayScrape


class ForErrorsOnly(BaseContentNegotiation):
    """What Accept asks for is between Prometheus and its encoder; errors are problems."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type or ""


class Metrics(APIView):
    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayScrape,)
    throttle_classes = ()
    content_negotiation_class = ForErrorsOnly
    schema = None  # not of the API

    def get(self, request: Request) -> HttpResponse:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return HttpResponse(encode(METRICS), content_type=content_type)
