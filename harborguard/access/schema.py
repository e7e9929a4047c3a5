"""What the table of permissions says of an operation, in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from harborguard.access.models import Role
from harborguard.access.permissions import ROUTES, Rule
from harborguard.access.routes import name_of
from harborguard.api.openapi import ResourceSchema


class RoleSchema(ResourceSchema):
    """Adds to each operation its role and its limit, and the problems that come of them."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        rule = self._rule()
        operation["x-required-role"] = rule.role.label if rule.role is not None else None
        if rule.limit:
            operation["x-rate-limit"] = rule.limit
        operation["description"] = f"{operation.get('description', '')}\n\n{_needs(rule)}".strip()
        return operation

    def get_auth(self) -> list[dict[str, Any]]:
        return [{}] if self._rule().role is None else super().get_auth()

    def problems(self) -> set[str]:
        rule = self._rule()
        found = super().problems()
        if rule.role is not None:
            found.add("401")
            # Each user may what a viewer may; but a session needs its CSRF token to change things.
            if self.method != "GET" or rule.role > Role.VIEWER:
                found.add("403")
        if rule.limit:
            found.add("429")
        return found

    def _rule(self) -> Rule:
        return ROUTES[name_of(self.path) or ""][self.method]


def _needs(rule: Rule) -> str:
    text = f"Needs the role **{rule.role.label}**" if rule.role is not None else "Needs no key"
    if rule.note:
        text += f" ({rule.note})"
    return f"{text}. Limited for each user." if rule.limit else f"{text}."


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "harborguard.access.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, made with `manage.py create_api_key` or under **Keys**.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "A browser that has signed in. What changes something needs its "
            "CSRF token too, in `X-CSRFToken`.",
        }
