"""What starts a run."""

from __future__ import annotations

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access.actor import Actor
from harborguard.api.parsers import NothingParser
from harborguard.api.problems import ProblemSerializer
from harborguard.api.serializers import NothingSerializer
from harborguard.api.views import Resource
from sync.api import examples
from sync.api.location import LOCATION
from sync.api.problems import refusals_as_problems
from sync.api.run_serializers import StartedSerializer
from sync.models import SyncRun, Trigger
from sync.services import confirming
from sync.services.starting import start_sync


class StartSync(Resource):
    serializer_class = NothingSerializer
    parser_classes = (NothingParser,)

    @extend_schema(
        operation_id="syncRegistry",
        summary="Sync a registry now",
        parameters=[LOCATION],
        responses={202: StartedSerializer, 409: ProblemSerializer},
        examples=[examples.STARTED, examples.SYNC_IN_PROGRESS],
    )
    def post(self, request: Request, registry_id: int) -> Response:
        """Queue a run. `Location` is where to watch it, and so is the registry itself.

        `409 sync_in_progress` names the run that is on. One whose worker is lost, or that is
        older than a day, is superseded.
        """
        self.get_serializer(data=request.data).is_valid(raise_exception=True)
        with refusals_as_problems():
            run = start_sync(registry_id, Trigger.MANUAL, by=Actor.of(request))
        return _started(run, "Sync started")


class ConfirmRemovals(Resource):
    serializer_class = NothingSerializer
    parser_classes = (NothingParser,)

    @extend_schema(
        operation_id="confirmRemovals",
        summary="Confirm held removals",
        parameters=[LOCATION],
        responses={202: StartedSerializer, 409: ProblemSerializer},
        examples=[examples.CONFIRMED, examples.NOTHING_HELD, examples.SYNC_IN_PROGRESS],
    )
    def post(self, request: Request, registry_id: int) -> Response:
        """Where very much was gone from a registry at once, its images are kept, and counted as
        `heldRemovals`. This queues a run that asks for them once more, and removes those that
        the registry still says it does not have. `Location` is where to watch it.

        `409 nothing_held`: there is nothing to confirm. `409 sync_in_progress`: confirm when
        the run that it names has ended.
        """
        self.get_serializer(data=request.data).is_valid(raise_exception=True)
        with refusals_as_problems():
            run, held = confirming.confirm_removals(registry_id, by=Actor.of(request))
        return _started(run, f"A run asks for {held} held images once more and removes them")


def _started(run: SyncRun, message: str) -> Response:
    where = reverse("api:run", args=[run.pk])
    return Response({"success": True, "message": message}, status=202, headers={"Location": where})
