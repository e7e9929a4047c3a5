"""API keys: an admin sees all, a session one's own, any other key itself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access import keys
from harborguard.access.actor import Actor
from harborguard.access.api.serializers import (
    CreatedKeySerializer,
    KeySerializer,
    NewKeySerializer,
)
from harborguard.access.models import ApiKey, Role, User
from harborguard.access.roles import has_role
from harborguard.api.filters import ChoiceFilter, FilterSet, TextFilter
from harborguard.api.views import Resource


class KeyFilters(FilterSet):
    user = TextFilter(field_name="user__username", max_length=150, help_text="A user's name.")
    status = ChoiceFilter(choices=keys.Status.choices, method="filter_status")

    def filter_status(self, found: QuerySet[ApiKey], _: str, status: str) -> QuerySet[ApiKey]:
        return found.filter(keys.with_status(status))


class _Keys(Resource):
    serializer_class = KeySerializer

    def get_queryset(self) -> QuerySet[ApiKey]:
        if getattr(self, "swagger_fake_view", False):
            return ApiKey.objects.none()
        is_admin = has_role(self.request, Role.ADMIN)
        return keys.keys_seen_by(Actor.of(self.request), is_admin=is_admin)


class KeyList(_Keys):
    is_list = True
    filterset_class = KeyFilters
    orderings: ClassVar = {"createdAt": "created", "name": "name", "lastUsedAt": "last_used_at"}
    default_ordering = "-createdAt"

    @extend_schema(operation_id="listKeys", summary="List API keys")
    def get(self, request: Request) -> Response:
        """An admin sees everybody's; with a lower role you see your own when you have signed in,
        and with a key that key alone. Revoked and expired ones stay in the list."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="createKey",
        summary="Make an API key",
        request=NewKeySerializer,
        responses={201: CreatedKeySerializer},
    )
    def post(self, request: Request) -> Response:
        """The answer holds the key, this once: only a hash of it is stored. A key that expires
        makes none that outlives it."""
        told = NewKeySerializer(data=request.data)
        told.is_valid(raise_exception=True)
        values = told.validated_data
        key, secret = keys.create_key(
            _owner(request, values),
            values["name"],
            values["role"],
            by=Actor.of(request),
            expires_at=values.get("expires_at"),
        )
        key.key = secret
        where = reverse("api:key", args=[key.pk])
        return Response(CreatedKeySerializer(key).data, status=201, headers={"Location": where})


class KeyDetail(_Keys):
    lookup_url_kwarg = "key_id"

    @extend_schema(operation_id="getKey", summary="Show an API key")
    def get(self, request: Request, key_id: int) -> Response:
        """Of the key itself only how it begins. One that the list does not show is not there."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(operation_id="revokeKey", summary="Revoke an API key", responses={204: None})
    def delete(self, request: Request, key_id: int) -> Response:
        """It stops at once and stays in the list. Revoking it again does nothing. A key revokes
        itself; others only as admin."""
        keys.revoke_key(self.get_object(), by=Actor.of(request))
        return Response(status=204)


def _owner(request: Request, values: dict[str, Any]) -> User:
    if "user" not in values:
        return request.user  # type: ignore[return-value]  # signed in: it is one of ours
    owner = User.objects.filter(username=values["user"]).first()
    if owner is None:
        raise ValidationError({"user": ["There is no user of that name."]})
    return owner
