"""Runs: starting, listing and showing them."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access.actor import Actor
from harborguard.api.pagination import KeysetPages
from harborguard.api.parsers import NothingParser
from harborguard.api.problems import ProblemSerializer
from harborguard.api.serializers import NothingSerializer
from harborguard.api.views import Resource
from registries.models import Registry
from sync.api import examples
from sync.api.filters import RegistryRunFilters, RunFilters
from sync.api.problems import refusals_as_problems
from sync.api.run_serializers import RunSerializer, RunSummarySerializer, StartedSerializer
from sync.models import SyncRun, Trigger
from sync.services import confirming
from sync.services.starting import start_sync


class StartSync(Resource):
    serializer_class = NothingSerializer
    parser_classes = (NothingParser,)

    @extend_schema(
        operation_id="syncRegistry",
        summary="Sync a registry now",
        parameters=[examples.LOCATION],
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
        parameters=[examples.LOCATION],
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


class RunPages(Resource):
    """Runs are queued in the order of their ids."""

    serializer_class = RunSummarySerializer
    pagination_class = KeysetPages
    is_list = True
    orderings: ClassVar = {"id": "id"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[SyncRun]:
        return SyncRun.objects.select_related("registry", "requested_by").defer(
            "warnings", "failed_repositories", "registry__ca_pem", "registry__known_repositories"
        )

    def answer(self) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class RunList(RunPages):
    filterset_class = RunFilters

    @extend_schema(operation_id="listRuns", summary="List runs", examples=[examples.RUN_SUMMARY])
    def get(self, request: Request) -> Response:
        """Of all registries, the newest first."""
        return self.answer()


class RegistryRunList(RunPages):
    filterset_class = RegistryRunFilters

    def get_queryset(self) -> QuerySet[SyncRun]:
        return super().get_queryset().filter(registry=self.kwargs.get("registry_id"))

    @extend_schema(
        operation_id="listRegistryRuns",
        summary="List a registry's runs",
        examples=[examples.RUN_SUMMARY],
    )
    def get(self, request: Request, registry_id: int) -> Response:
        """The newest first."""
        get_object_or_404(Registry.objects.only("pk"), pk=registry_id)
        return self.answer()


class RunDetail(Resource):
    serializer_class = RunSerializer
    lookup_url_kwarg = "run_id"

    def get_queryset(self) -> QuerySet[SyncRun]:
        return SyncRun.objects.select_related("registry", "requested_by")

    @extend_schema(operation_id="getRun", summary="Show a run", examples=[examples.RUN])
    def get(self, request: Request, run_id: int) -> Response:
        """What it has read and changed, why it failed, and what did not stop it."""
        return Response(self.get_serializer(self.get_object()).data)
