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
        """Queue a run. Poll the path in `Location`, or the registry, for its progress.

        Returns `409 sync_in_progress`, with the ID of the live run, if a sync is in progress. A
        run that lost its worker, or is older than a day, is superseded instead.
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
        """Queue a run that checks held images again and removes those that are still missing.

        If an unusually large number of images goes missing from a registry at once, HarborGuard
        keeps them, and counts them in `heldRemovals`. Poll the path in `Location` for progress.

        Returns `409 nothing_held` if there is nothing to confirm, and `409 sync_in_progress`,
        with the ID of the live run, if a sync is in progress.
        """
        self.get_serializer(data=request.data).is_valid(raise_exception=True)
        with refusals_as_problems():
            run, held = confirming.confirm_removals(registry_id, by=Actor.of(request))
        return _started(
            run, f"Sync started to check {held} held images again and remove those still missing"
        )


def _started(run: SyncRun, message: str) -> Response:
    where = reverse("api:run", args=[run.pk])
    return Response({"success": True, "message": message}, status=202, headers={"Location": where})


class RunPages(Resource):
    """Pages of runs, which are queued in the order of their ids."""

    serializer_class = RunSummarySerializer
    pagination_class = KeysetPages
    is_list = True
    orderings: ClassVar = {"id": "id"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[SyncRun]:
        return SyncRun.objects.select_related("registry", "requested_by").defer(
            "warnings", "failed_repositories", "registry__ca_pem", "registry__known_repositories"
        )

    def page_response(self) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class RunList(RunPages):
    filterset_class = RunFilters

    @extend_schema(operation_id="listRuns", summary="List runs", examples=[examples.RUN_SUMMARY])
    def get(self, request: Request) -> Response:
        """List the runs of all registries, newest first."""
        return self.page_response()


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
        """List the registry's runs, newest first."""
        get_object_or_404(Registry.objects.only("pk"), pk=registry_id)
        return self.page_response()


class RunDetail(Resource):
    serializer_class = RunSerializer
    lookup_url_kwarg = "run_id"

    def get_queryset(self) -> QuerySet[SyncRun]:
        return SyncRun.objects.select_related("registry", "requested_by")

    @extend_schema(operation_id="getRun", summary="Show a run", examples=[examples.RUN])
    def get(self, request: Request, run_id: int) -> Response:
        """Show what a run read and changed, its error, its warnings and its failed repositories."""
        return Response(self.get_serializer(self.get_object()).data)
