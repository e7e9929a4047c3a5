from __future__ import annotations

from django.http import HttpResponse
from prometheus_client.exposition import choose_encoder
from rest_framework.request import Request
from rest_framework.views import APIView

from harborguard.access.authentication import KeyAuthentication
from harborguard.ops.metrics.collector import METRICS
from harborguard.ops.metrics.guard import MayScrape


class Metrics(APIView):
    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayScrape,)
    throttle_classes = ()
    schema = None  # not part of the API

    def get(self, request: Request) -> HttpResponse:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return HttpResponse(encode(METRICS), content_type=content_type)
