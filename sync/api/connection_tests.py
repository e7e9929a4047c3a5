"""Connection tests of saved and unsaved connections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access.actor import Actor
from harborguard.api.parsers import NothingParser
from harborguard.api.serializers import NothingSerializer, Serializer
from harborguard.api.views import Resource
from registries.connection_test import runner
from registries.connection_test.stages import Outcome, StageResult
from registries.errors import Stage
from registries.models import Registry
from sync.api import examples
from sync.api.connection_serializers import given_login
from sync.api.problems import refusals_as_problems
from sync.api.registry_serializers import UnsavedRegistrySerializer

_NULL_IF_EMPTY = ("code", "hint", "untrustedRealm")


class StageSerializer(Serializer):
    """One stage of a connection test; stages run in order."""

    stage = serializers.ChoiceField(choices=[(stage, stage) for stage in Stage])
    outcome = serializers.ChoiceField(choices=[(outcome, outcome) for outcome in Outcome])
    detail = serializers.CharField(help_text="What was found, or what went wrong.")
    code = serializers.CharField(allow_null=True, help_text="Stable error code, for scripts.")
    hint = serializers.CharField(allow_null=True, help_text="What to do about it.")
    untrusted_realm = serializers.CharField(
        allow_null=True, help_text="Token server that would have to be trusted."
    )

    def to_representation(self, instance: StageResult) -> dict[str, Any]:
        found = super().to_representation(instance)
        return found | {name: found[name] or None for name in _NULL_IF_EMPTY}


class ConnectionTestSerializer(Serializer):
    ok = serializers.BooleanField(help_text="Whether every stage passed.")
    stages = StageSerializer(many=True)


class UnsavedConnectionTest(Resource):
    serializer_class = UnsavedRegistrySerializer

    @extend_schema(
        operation_id="testConnection",
        summary="Test an unsaved connection",
        responses={200: ConnectionTestSerializer},
        examples=[examples.UNSAVED, examples.TESTED, examples.BUSY],
    )
    def post(self, request: Request) -> Response:
        """Test a connection without storing or queuing anything.

        Accepts the same body as connecting a registry, with an optional `name`. The response is
        200 whether or not the connection works: check `ok`. The first failed stage says why and
        what to do. `untrustedRealm` is a token server on another host: add it to
        `trustedRealms` to let it receive the credentials. Returns `503 busy` while too many other
        tests are running.
        """
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = dict(serializer.validated_data)
        del fields["first_sync"]
        login = given_login(fields.pop("credential", None))
        with refusals_as_problems():
            registry = runner.unsaved(login=login, **fields)
            results = list(runner.run_test(registry, by=Actor.of(request), login=login))
        return _response(results)


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
        """Test the connection with its stored credentials.

        Nothing is queued, and the registry's status does not change. The response is 200 whether
        or not the connection works: check `ok`. The first failed stage says why and what to do.
        Returns `503 busy` while too many other tests are running.
        """
        self.get_serializer(data=request.data).is_valid(raise_exception=True)
        registry = get_object_or_404(Registry, pk=registry_id)
        with refusals_as_problems():
            results = list(runner.run_test(registry, by=Actor.of(request)))
        return _response(results)


def _response(results: Sequence[StageResult]) -> Response:
    found = {"ok": runner.first_failure(results) is None, "stages": results}
    return Response(ConnectionTestSerializer(found).data)
