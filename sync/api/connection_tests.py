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

_ABSENT_WHERE_EMPTY = ("code", "hint", "untrustedRealm")


class StageSerializer(Serializer):
    """One stage, in the order in which a connection passes them."""

    stage = serializers.ChoiceField(choices=[(stage, stage) for stage in Stage])
    outcome = serializers.ChoiceField(choices=[(outcome, outcome) for outcome in Outcome])
    detail = serializers.CharField(help_text="What was found, or what went wrong.")
    code = serializers.CharField(allow_null=True, help_text="Why it failed: stable, for scripts.")
    hint = serializers.CharField(allow_null=True, help_text="The first thing to check.")
    untrusted_realm = serializers.CharField(
        allow_null=True, help_text="The token server that would have to be trusted."
    )

    def to_representation(self, instance: StageResult) -> dict[str, Any]:
        found = super().to_representation(instance)
        return found | {name: found[name] or None for name in _ABSENT_WHERE_EMPTY}


class ConnectionTestSerializer(Serializer):
    ok = serializers.BooleanField(help_text="Whether every stage was passed.")
    stages = StageSerializer(many=True)


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
