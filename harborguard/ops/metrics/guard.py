from __future__ import annotations

import ipaddress

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from harborguard.access.address import client_address
from harborguard.access.models import Role
from harborguard.access.roles import has_role


class MayScrape(BasePermission):
    """Allows listed addresses and viewers' keys: registry names are not public."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return _is_listed(client_address(request._request)) or has_role(request, Role.VIEWER)


def _is_listed(address: str | None) -> bool:
    if address is None:
        return False
    return any(ipaddress.ip_address(address) in network for network in settings.METRICS_NETWORKS)
