"""Add the permissions table to the OpenAPI document."""

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
    """Adds the role, the limit and the resulting problems to each operation."""

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
            # Every user may do what a viewer may; but a session needs its CSRF token to change
            # things.
            if self.method != "GET" or rule.role > Role.VIEWER:
                found.add("403")
        if rule.limit:
            found.add("429")
        return found

    def _rule(self) -> Rule:
        return ROUTES[name_of(self.path) or ""][self.method]


def _needs(rule: Rule) -> str:
    text = (
        f"Requires the role **{rule.role.label}**" if rule.role is not None else ("Requires no key")
    )
    if rule.note:
        text += f" ({rule.note})"
    return f"{text}. Rate limited per user." if rule.limit else f"{text}."


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "harborguard.access.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, created with `manage.py create_api_key` or under "
            "**API keys**.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "A browser session. Requests that change something also need its "
            "CSRF token in `X-CSRFToken`.",
        }
