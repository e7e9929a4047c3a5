"""Dry runs: what a sync would change, by the connection's settings or by others."""

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
from sync.dry_runs.visibility import dry_runs_seen_by
from sync.models import DryRun, DryRunChange
from sync.services import applying
from sync.services.starting import start_dry_run


def _seen(request: Request) -> QuerySet[DryRun]:
    return dry_runs_seen_by(is_admin=has_role(request, Role.ADMIN))


class RegistryDryRuns(Resource):
    """Dry runs are queued in the order of their ids."""

    serializer_class = DryRunSummarySerializer
    filterset_class = DryRunFilters
    pagination_class = KeysetPages
    is_list = True
    orderings: ClassVar = {"id": "id"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[DryRun]:
        seen = _seen(self.request).filter(registry=self.kwargs.get("registry_id"))
        return seen.defer("settings_before", "warnings", "failed_repositories")

    @extend_schema(
        operation_id="listDryRuns",
        summary="List a registry's dry runs",
        examples=[examples.DRY_RUN_SUMMARY],
    )
    def get(self, request: Request, registry_id: int) -> Response:
        """The newest first: of the last seven days, the newest 50. Those that try other settings
        are listed for admins alone.
        """
        get_object_or_404(Registry.objects.only("pk"), pk=registry_id)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="createDryRun",
        summary="Find out what a sync would change",
        request=ProposalSerializer,
        parameters=[LOCATION],
        responses={202: DryRunSerializer, 409: ProblemSerializer},
        examples=[examples.PROPOSAL, examples.QUEUED, examples.DRY_RUN_IN_PROGRESS],
    )
    def post(self, request: Request, registry_id: int) -> Response:
        """Read the registry, hold it against the inventory, and write nothing of it. `Location`
        is where to watch it.

        What the body names is tried in place of the connection's own filters, known repositories
        and schedule; `{}` tries a sync as it is. To try other settings needs the role of who may
        change them, admin.

        A sync may go on at the same time. `409 dry_run_in_progress` names the dry run that is on.
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
        return _seen(self.request)

    @extend_schema(operation_id="getDryRun", summary="Show a dry run", examples=[examples.DRY_RUN])
    def get(self, request: Request, dry_run_id: int) -> Response:
        """How far it is; and when it has ended, how much a sync would change.

        One that tries other settings is shown to admins alone: it may name what the filters leave
        out. Each is kept for a week, of a registry the newest 50.
        """
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="deleteDryRun", summary="Stop or delete a dry run", responses={204: None}
    )
    def delete(self, request: Request, dry_run_id: int) -> Response:
        """One that is on stops."""
        applying.delete_dry_run(self.get_object(), by=Actor.of(request))
        return Response(status=204)


class DryRunChangeList(Resource):
    """In the order of names, which is that of the ids."""

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
        """Tag by tag, in the order of names, once the dry run has ended. Of more than 10,000 it is
        the weightiest: what would be held or removed before what would be moved or added.
        """
        get_object_or_404(_seen(request), pk=dry_run_id)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def _check_may_propose(request: Request, proposed: dict[str, Any]) -> None:
    """Other filters may bring names to light that these leave out."""
    if proposed and not has_role(request, Role.ADMIN):
        role = Role.ADMIN.label
        detail = f"To try other settings needs the role {role}, as to change them does."
        raise Refusal(403, "forbidden", detail, requiredRole=role)
