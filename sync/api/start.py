"""What starts a run."""

from __future__ import annotations

from typing import NoReturn

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access.actor import Actor
from harborguard.api.refusals import Refusal
from harborguard.api.serializers import NothingSerializer
from harborguard.api.views import Resource
from registries.models import Registry
from sync import tasks
from sync.api.serializers import StartedSerializer
from sync.lifecycle import SyncInProgress
from sync.models import Trigger


class StartSync(Resource):
    serializer_class = NothingSerializer

    @extend_schema(
        operation_id="syncRegistry",
        summary="Sync a registry now",
        responses={202: StartedSerializer},
    )
    def post(self, request: Request, registry_id: int) -> Response:
        """Queue a run. `Location` is where to watch it, and so is the registry itself."""
        self.get_serializer(data=request.data).is_valid(raise_exception=True)
        registry = get_object_or_404(Registry, pk=registry_id)
        try:
            run = tasks.start_sync(registry.pk, Trigger.MANUAL, by=Actor.of(request))
        except SyncInProgress as refusal:
            refuse(refusal)
        where = reverse("api:run", args=[run.pk])
        body = {"success": True, "message": "Sync started"}
        return Response(body, status=202, headers={"Location": where})


def refuse(refusal: SyncInProgress) -> NoReturn:
    raise Refusal(409, refusal.code, f"{refusal}.", runId=refusal.run.pk) from None
