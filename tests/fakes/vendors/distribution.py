from __future__ import annotations

from typing import ClassVar

from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.registry_api import REGISTRY_ROUTES, RegistryAPI


class Distribution(RegistryAPI):
    slug = "distribution"
    routes = REGISTRY_ROUTES
    without: ClassVar = {Fault.EXPIRED_LOGIN: "Basic logins have no tokens"}
