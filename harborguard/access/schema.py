"""What the table of permissions says of an operation, in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from harborguard.access.permissions import ROUTES, Rule
from harborguard.access.routes import name_of
from harborguard.api.problems import CONTENT_TYPE, ProblemSerializer


class RoleSchema(AutoSchema):
    """Adds to each operation its role, its limit, and the problems that it may answer with."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        rule = self._rule()
        role = rule.role.label if rule.role is not None else None
        operation["x-required-role"] = role
        needs = f"Needs the role **{role}**." if role else "Needs no key."
        if rule.note:
            needs += f" ({rule.note[:1].upper()}{rule.note[1:]}.)"
        if rule.limit:
            operation["x-rate-limit"] = rule.limit
            needs += " Limited by user and by key."
        operation["description"] = f"{operation.get('description', '')}\n\n{needs}".strip()
        return operation

    def get_auth(self) -> list[dict[str, Any]]:
        return [{}] if self._rule().role is None else super().get_auth()

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status in self._problems():
            if status not in bodies:
                bodies[status] = self._get_response_for_code(
                    ProblemSerializer, status, [CONTENT_TYPE], direction
                )
        return bodies

    def _problems(self) -> list[str]:
        rule = self._rule()
        found = {"400": True, "406": True, "503": True}
        found["401"] = rule.role is not None
        # A session without its CSRF token is refused too.
        found["403"] = rule.role is not None and (
            self.method != "GET" or rule.role.label != "viewer"
        )
        found["404"] = "{" in self.path
        found["413"] = found["415"] = self.method in {"POST", "PATCH"}
        found["429"] = bool(rule.limit)
        return sorted(status for status, may_be in found.items() if may_be)

    def _rule(self) -> Rule:
        return ROUTES[name_of(self.path) or ""][self.method]


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "harborguard.access.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, made with `manage.py create_api_key` or under **Keys**.",
        }
