"""Test Connection, of a connection that is saved and of one that is not yet."""

from __future__ import annotations

from collections.abc import Sequence

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access.actor import Actor
from harborguard.api.parsers import NothingParser
from harborguard.api.serializers import NothingSerializer
from harborguard.api.views import Resource
from registries.connection_test import runner
from registries.connection_test.stages import StageResult
from registries.models import Registry
from sync.api import examples
from sync.api.login import given_login
from sync.api.problems import refusals_as_problems
from sync.api.registry_serializers import UnsavedRegistrySerializer
from sync.api.stage_serializers import ConnectionTestSerializer


class UnsavedConnectionTest(Resource):
    serializer_class = UnsavedRegistrySerializer

    @extend_schema(
        operation_id="testConnection",
        summary="Test a connection before it is saved",
        responses={200: ConnectionTestSerializer},
        examples=[examples.UNSAVED, examples.TESTED, examples.BUSY],
    )
    def post(self, request: Request) -> Response:
        """Takes what connecting takes; `name` is not required. Nothing is stored or queued.

        The answer is 200 whether the connection is good or not: `ok` tells, and the first stage
        that failed tells why, with the first thing to check. `untrustedRealm` is a token server
        on another host, which must be put into `trustedRealms` before the credential may go
        there. `503 busy`: other tests are under way.
        """
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = dict(serializer.validated_data)
        del fields["first_sync"]
        login = given_login(fields.pop("credential", None))
        with refusals_as_problems():
            registry = runner.unsaved(login=login, **fields)
            results = list(runner.run_test(registry, by=Actor.of(request), login=login))
        return _told(results)


class SavedConnectionTest(Resource):
    serializer_class = NothingSerializer
    parser_classes = (NothingParser,)

    @extend_schema(
        operation_id="testRegistry",
        summary="Test a registry's connection",
        responses={200: ConnectionTestSerializer},
        examples=[examples.TESTED, examples.BUSY],
    )
    def post(self, request: Request, registry_id: int) -> Response:
        """With its stored login. Nothing is queued, and the registry's status stays as it is.

        The answer is 200 whether the connection is good or not: `ok` tells, and the first stage
        that failed tells why, with the first thing to check. `503 busy`: other tests are under
        way.
        """
        self.get_serializer(data=request.data).is_valid(raise_exception=True)
        registry = get_object_or_404(Registry, pk=registry_id)
        with refusals_as_problems():
            results = list(runner.run_test(registry, by=Actor.of(request)))
        return _told(results)


def _told(results: Sequence[StageResult]) -> Response:
    found = {"ok": runner.first_failure(results) is None, "stages": results}
    return Response(ConnectionTestSerializer(found).data)
