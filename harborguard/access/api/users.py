"""User accounts, for admins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from harborguard.access import people
from harborguard.access.actor import Actor
from harborguard.access.api import examples
from harborguard.access.api.serializers import UserSerializer
from harborguard.access.filters import UserFilters
from harborguard.access.models import User
from harborguard.api.problems import ProblemSerializer
from harborguard.api.refusals import Refusal
from harborguard.api.views import Resource


class UserList(Resource):
    serializer_class = UserSerializer
    queryset = User.objects.all()
    is_list = True
    filterset_class = UserFilters
    orderings: ClassVar = {"username": "username", "lastSignedInAt": "last_login"}

    @extend_schema(operation_id="listUsers", summary="List users")
    def get(self, request: Request) -> Response:
        """List all accounts, including service accounts."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(operation_id="createUser", summary="Add a user", responses={201: UserSerializer})
    def post(self, request: Request) -> Response:
        """Create an account that signs in with a password or, without one, a service account."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = people.create_user(by=Actor.of(request), **serializer.validated_data)
        where = reverse("api:user", args=[user.pk])
        return Response(self.get_serializer(user).data, status=201, headers={"Location": where})


class UserDetail(Resource):
    serializer_class = UserSerializer
    queryset = User.objects.all()
    lookup_url_kwarg = "user_id"

    @extend_schema(operation_id="getUser", summary="Show a user")
    def get(self, request: Request, user_id: int) -> Response:
        """Return one account."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="changeUser",
        summary="Change a user",
        responses={
            200: UserSerializer,
            409: OpenApiResponse(ProblemSerializer, examples=[examples.LAST_ADMIN]),
        },
    )
    def patch(self, request: Request, user_id: int) -> Response:
        """A lower role and `isActive: false` apply immediately, to pages and keys. Problem
        `last_admin`: no other account could sign in as admin."""
        user = self.get_object()
        serializer = self.get_serializer(user, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        with _refused():
            user = people.change_user(user, by=Actor.of(request), **serializer.validated_data)
        return Response(self.get_serializer(user).data)

    @extend_schema(
        operation_id="deleteUser",
        summary="Delete a user",
        responses={
            204: None,
            409: OpenApiResponse(ProblemSerializer, examples=[examples.LAST_ADMIN]),
        },
    )
    def delete(self, request: Request, user_id: int) -> Response:
        """Deletes the user's keys too; what they did stays in the audit trail. Problem
        `last_admin`: no other account could sign in as admin."""
        with _refused():
            people.delete_user(self.get_object(), by=Actor.of(request))
        return Response(status=204)


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except people.LastAdmin as refusal:
        raise Refusal(409, refusal.code, str(refusal)) from None
    except User.DoesNotExist:  # deleted meanwhile
        raise NotFound from None
