"""Dry runs: what a sync would change, with the stored settings or with others."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access.actor import Actor
from harborguard.access.models import Role
from harborguard.access.roles import has_role
from harborguard.api.pagination import KeysetPages
from harborguard.api.problems import ProblemSerializer
from harborguard.api.refusals import Refusal
from harborguard.api.views import Resource
from registries.models import Registry
from sync.api import dry_run_examples as examples
from sync.api.dry_run_serializers import (
    DryRunChangeSerializer,
    DryRunSerializer,
    DryRunSummarySerializer,
    ProposalSerializer,
)
from sync.api.examples import LOCATION
from sync.api.filters import DryRunChangeFilters, DryRunFilters
from sync.api.problems import refusals_as_problems
from sync.dry_runs import proposal
from sync.dry_runs.proposal import visible_dry_runs
from sync.models import DryRun, DryRunChange
from sync.services import deleting
from sync.services.starting import start_dry_run


def _visible(request: Request) -> QuerySet[DryRun]:
    return visible_dry_runs(is_admin=has_role(request, Role.ADMIN))


class RegistryDryRuns(Resource):
    """A registry's dry runs, which are queued in the order of their ids."""

    serializer_class = DryRunSummarySerializer
    filterset_class = DryRunFilters
    pagination_class = KeysetPages
    is_list = True
    orderings: ClassVar = {"id": "id"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[DryRun]:
        visible = _visible(self.request).filter(registry=self.kwargs.get("registry_id"))
        return visible.defer("settings_before", "warnings", "failed_repositories")

    @extend_schema(
        operation_id="listDryRuns",
        summary="List a registry's dry runs",
        examples=[examples.DRY_RUN_SUMMARY],
    )
    def get(self, request: Request, registry_id: int) -> Response:
        """List up to 50 dry runs of the last seven days, newest first.

        Dry runs with other settings are only listed for admins.
        """
        get_object_or_404(Registry.objects.only("pk"), pk=registry_id)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="createDryRun",
        summary="Start a dry run",
        request=ProposalSerializer,
        parameters=[LOCATION],
        responses={202: DryRunSerializer, 409: ProblemSerializer},
        examples=[examples.PROPOSAL, examples.QUEUED, examples.DRY_RUN_IN_PROGRESS],
    )
    def post(self, request: Request, registry_id: int) -> Response:
        """Find out what a sync would change, without changing the inventory.

        Settings in the body are tried instead of the stored filters, known repositories and
        schedule; this requires the role `admin`. Send `{}` to try the stored settings. Poll the
        path in `Location` for the result.

        A sync may run at the same time. Returns `409 dry_run_in_progress`, with the ID of the
        live dry run, if there is one.
        """
        registry = get_object_or_404(Registry, pk=registry_id)
        serializer = ProposalSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        given = dict(serializer.validated_data)
        with refusals_as_problems():
            _check_may_propose(request, proposal.differing(registry, given))
            queued = start_dry_run(registry_id, given, by=Actor.of(request))
        where = reverse("api:dry-run", args=[queued.pk])
        return Response(DryRunSerializer(queued).data, status=202, headers={"Location": where})


class DryRunDetail(Resource):
    serializer_class = DryRunSerializer
    lookup_url_kwarg = "dry_run_id"

    def get_queryset(self) -> QuerySet[DryRun]:
        return _visible(self.request)

    @extend_schema(operation_id="getDryRun", summary="Show a dry run", examples=[examples.DRY_RUN])
    def get(self, request: Request, dry_run_id: int) -> Response:
        """Show the progress of a dry run and, once it has finished, what a sync would change.

        Dry runs with other settings are only shown to admins, since they may name repositories
        that the filters exclude. Dry runs are kept for a week, up to 50 per registry.
        """
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="deleteDryRun", summary="Stop or delete a dry run", responses={204: None}
    )
    def delete(self, request: Request, dry_run_id: int) -> Response:
        """Delete a dry run. A live one is stopped."""
        deleting.delete_dry_run(self.get_object(), by=Actor.of(request))
        return Response(status=204)


class DryRunChangeList(Resource):
    """A dry run's changes in the order of names, which is also that of the ids."""

    serializer_class = DryRunChangeSerializer
    filterset_class = DryRunChangeFilters
    pagination_class = KeysetPages
    is_list = True
    orderings: ClassVar = {"id": "id"}
    default_ordering = "id"

    def get_queryset(self) -> QuerySet[DryRunChange]:
        return DryRunChange.objects.filter(dry_run=self.kwargs.get("dry_run_id"))

    def leading(self) -> dict[str, int]:
        return {"dry_run_id": int(self.kwargs.get("dry_run_id", 0))}

    @extend_schema(
        operation_id="listDryRunChanges",
        summary="List what a sync would change",
        examples=[examples.CHANGE],
    )
    def get(self, request: Request, dry_run_id: int) -> Response:
        """List the changes of a finished dry run by tag, in the order of names.

        Of more than 10,000 changes, removals are kept before moves and additions.
        """
        get_object_or_404(_visible(request), pk=dry_run_id)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def _check_may_propose(request: Request, proposed: dict[str, Any]) -> None:
    """Raise Refusal unless the user may try other settings, which may reveal excluded names."""
    if proposed and not has_role(request, Role.ADMIN):
        role = Role.ADMIN.label
        detail = f"Trying other settings requires the role {role}."
        raise Refusal(403, "forbidden", detail, requiredRole=role)
