"""Guard every API view, with the same table as pages."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from harborguard.access.permissions import is_for_everybody, rule_for, rules_of
from harborguard.access.roles import has_role
from harborguard.api.refusals import Refusal

if TYPE_CHECKING:  # the settings import this module while they are loaded
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)


class RolePermission(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return False if the caller must sign in. Raise if the caller is known and not allowed."""
        name = request._request.resolver_match.view_name  # type: ignore[union-attr]  # resolved
        method = request.method or ""
        rule = rule_for(name, method)
        if rule is not None and rule.role is None:
            return True
        if not request.user.is_authenticated and not is_for_everybody(name):
            return False
        if rules_of(name) is None:
            logger.error("The route %s is not in the permissions table", name)
            raise Refusal(403, "forbidden", "Nobody may do this.")
        if rule is None or rule.role is None:
            raise MethodNotAllowed(method)
        if not has_role(request, rule.role):
            role = rule.role.label
            raise Refusal(403, "forbidden", f"This requires the role {role}.", requiredRole=role)
        return True
