"""Registries: their connections, state and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access.actor import Actor
from harborguard.api.problems import ProblemSerializer
from harborguard.api.refusals import Refusal
from harborguard.api.views import Resource
from inventory.models import Image
from registries.models import Registry
from registries.services import KEPT
from sync.api import examples
from sync.api.connection_serializers import given_login
from sync.api.filters import RegistryFilters
from sync.api.problems import refusals_as_problems
from sync.api.registry_serializers import (
    NewRegistrySerializer,
    RegistrySerializer,
    RegistrySummarySerializer,
)
from sync.models import LIVE_STATES, SyncRun, Trigger
from sync.services import connecting
from sync.services.deleting import delete_registry

_CREDENTIAL_NEEDED = (
    "The stored credentials belong to the current registry. Send credentials for the new one, "
    "or null to connect anonymously."
)
_TRUST_AFTERWARDS = (
    "The connection now leads to a different registry. Set the trusted token servers in a separate "
    "request."
)


@transaction.atomic
def change(registry: Registry, given: Mapping[str, Any], *, by: Actor) -> None:
    """Change the connection; raise Refusal or ValidationError with nothing changed."""
    fields = dict(given)
    login = given_login(fields.pop("credential"), registry) if "credential" in given else KEPT
    result = connecting.change(registry.pk, by=by, login=login, **fields)
    if result.dropped_credential and login is KEPT:
        raise Refusal(409, "credential_needed", _CREDENTIAL_NEEDED)
    trusted = Registry.objects.values_list("trusted_realms", flat=True).get(pk=registry.pk)
    if fields.get("trusted_realms") and not trusted:
        raise ValidationError({"trustedRealms": [_TRUST_AFTERWARDS]})


def registries_with_details() -> QuerySet[Registry]:
    """Return registries with what ``RegistrySerializer`` needs, in a fixed number of queries."""
    held = Image.objects.filter(registry=OuterRef("pk"), held_at__isnull=False)
    live = SyncRun.objects.filter(state__in=LIVE_STATES).exclude(trigger=Trigger.PUSH)
    return (
        Registry.objects.select_related("credential", "webhook")
        .annotate(
            held_removals=Coalesce(
                Subquery(held.order_by().values("registry").values_list(Count("pk"))), 0
            )
        )
        .prefetch_related(
            Prefetch("runs", queryset=live.select_related("requested_by"), to_attr="live_runs")
        )
    )


class RegistryList(Resource):
    serializer_class = RegistrySummarySerializer
    filterset_class = RegistryFilters
    is_list = True
    orderings: ClassVar = {
        "name": "name",
        "url": "url",
        "provider": "provider",
        "status": "status",
        "health": "health",
        "schedule": "schedule",
        "lastSyncAt": "last_sync_at",
        "lastAttemptAt": "last_attempt_at",
        "nextSyncAt": "next_sync_at",
        "repositoryCount": "repository_count",
        "imageCount": "image_count",
        "createdAt": "created_at",
    }

    def get_queryset(self) -> QuerySet[Registry]:
        return registries_with_details().defer("ca_pem", "known_repositories")

    @extend_schema(
        operation_id="listRegistries",
        summary="List registries",
        examples=[examples.REGISTRY_SUMMARY],
    )
    def get(self, request: Request) -> Response:
        """List registries with their status, health and live run."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="createRegistry",
        summary="Connect a registry",
        request=NewRegistrySerializer,
        parameters=[examples.LOCATION],
        responses={201: RegistrySerializer},
        examples=[examples.NEW_REGISTRY, examples.CONNECTED],
    )
    def post(self, request: Request) -> Response:
        """Save a connection and start its first sync, unless `firstSync` is false.

        Only `name` and `url` are required. Secrets are stored encrypted and never returned.
        `Location` is the path of the new registry.
        """
        serializer = NewRegistrySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = dict(serializer.validated_data)
        login = given_login(fields.pop("credential", None))
        with refusals_as_problems():
            registry, _ = connecting.connect(by=Actor.of(request), login=login, **fields)
        context = self.get_serializer_context()
        body = RegistrySerializer(
            registries_with_details().get(pk=registry.pk), context=context
        ).data
        where = reverse("api:registry", args=[registry.pk])
        return Response(body, status=201, headers={"Location": where})


class RegistryDetail(Resource):
    serializer_class = RegistrySerializer
    lookup_url_kwarg = "registry_id"

    def get_queryset(self) -> QuerySet[Registry]:
        return registries_with_details()

    @extend_schema(
        operation_id="getRegistry", summary="Show a registry", examples=[examples.REGISTRY]
    )
    def get(self, request: Request, registry_id: int) -> Response:
        """Show a registry. During a sync, `status` is `SYNCING` and `currentRun` its progress."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="updateRegistry",
        summary="Update a registry",
        responses={200: RegistrySerializer, 409: ProblemSerializer},
        examples=[examples.CHANGE, examples.REGISTRY, examples.CREDENTIAL_NEEDED],
    )
    def patch(self, request: Request, registry_id: int) -> Response:
        """Change the fields in the request; all others keep their values.

        This includes the members of `tagFilters` and `repositoryFilters`. Without `credential`,
        the stored credentials are kept; `"credential": null` removes them; a new `secret` alone
        keeps the user name.

        Credentials belong to the registry they were given for. Changing `url`, `insecure`,
        `caPem`, `provider` or an option that determines where credentials are sent, such as the
        URL of an API, returns `409 credential_needed` if credentials are stored, unless the same
        request sets `credential`, which may be null. Such a change also clears `trustedRealms`:
        set it in a separate request. A different `provider` starts with empty `options`.

        Credentials sent without a `url` are used wherever the connection leads when the request
        is processed. Send the `url` too if someone else may change the connection at the same
        time.

        A running sync starts over if the change affects what it reads.
        """
        registry = self.get_object()
        serializer = self.get_serializer(registry, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        with refusals_as_problems():
            change(registry, serializer.validated_data, by=Actor.of(request))
        return self.get(request, registry_id)

    @extend_schema(
        operation_id="deleteRegistry", summary="Delete a registry", responses={204: None}
    )
    def delete(self, request: Request, registry_id: int) -> Response:
        """Delete a registry with its credentials, runs, images and history."""
        with refusals_as_problems():
            delete_registry(self.get_object(), by=Actor.of(request))
        return Response(status=204)
