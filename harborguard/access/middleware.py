"""Guard every page: signed in, with the role of the permissions table, within limits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from harborguard.access import throttling
from harborguard.access.permissions import is_for_everybody, rule_for, rules_of
from harborguard.access.role_permission import RolePermission
from harborguard.access.roles import has_role
from harborguard.api.problems import problem_page

logger = logging.getLogger(__name__)


class RoleMiddleware(LoginRequiredMiddleware):
    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is not None and match.namespaces[:1] == ["api"]:
            return _refuse_unguarded(request, match.view_name, view_func)
        return self._guard(request, match.view_name if match else "", view_func)

    def _guard(
        self, request: HttpRequest, name: str, view: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase | None:
        method = request.method or ""
        rule = rule_for(name, method)
        if rule is not None and rule.role is None:
            return None
        if not request.user.is_authenticated and not is_for_everybody(name):
            return self.handle_no_permission(request, view)
        if rule is None:
            return _refuse_unlisted(request, name)
        if rule.role is not None and not has_role(request, rule.role):
            raise PermissionDenied(f"This requires the role {rule.role.label}.")
        return throttling.check(request, rule.limit) if rule.limit else None


def _refuse_unguarded(
    request: HttpRequest, name: str, view: Callable[..., HttpResponseBase]
) -> HttpResponseBase | None:
    """Refuse a view that does not check the table; None for API views, which check it
    themselves."""
    asked = getattr(getattr(view, "cls", None), "permission_classes", ())
    if rules_of(name) is not None and RolePermission in asked:
        return None
    logger.error("The route %s is not in the permissions table, or does not check it", name)
    return problem_page(request, 403, "forbidden", "Nobody may do this.")


def _refuse_unlisted(request: HttpRequest, name: str) -> HttpResponseBase:
    rules = rules_of(name)
    if rules is None:
        logger.error("The route %s is not in the permissions table", name)
        raise PermissionDenied("Nobody may do this.")
    page = render(request, "405.html", status=405)
    page["Allow"] = ", ".join(rules)
    return page
