"""API keys. Admins see all of them, sessions the user's own, other keys only themselves."""

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
        """Admins see all keys. With a lower role, a session sees the user's own keys, and a key
        sees only itself. Revoked and expired keys stay in the list."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="createKey",
        summary="Create an API key",
        request=NewKeySerializer,
        responses={201: CreatedKeySerializer},
    )
    def post(self, request: Request) -> Response:
        """The response contains the key, which cannot be shown again: only a hash of it is stored.
        A key that expires cannot create one that outlives it."""
        serializer = NewKeySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
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

    @extend_schema(operation_id="getKey", summary="Retrieve an API key")
    def get(self, request: Request, key_id: int) -> Response:
        """Return a key's details and the prefix of the key itself. Keys that the list does not
        include are not found."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(operation_id="revokeKey", summary="Revoke an API key", responses={204: None})
    def delete(self, request: Request, key_id: int) -> Response:
        """The key stops working immediately and stays in the list. Revoking it again has no effect.
        A key can revoke itself; revoking others requires the role admin."""
        keys.revoke_key(self.get_object(), by=Actor.of(request))
        return Response(status=204)


def _owner(request: Request, values: dict[str, Any]) -> User:
    if "user" not in values:
        return request.user  # type: ignore[return-value]  # signed in: it is one of ours
    owner = User.objects.filter(username=values["user"]).first()
    if owner is None:
        raise ValidationError({"user": ["No user has this name."]})
    return owner
