"""Connect: from a stored connection to a client that can call its registry."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.conf import settings

from registries.models import Registry
from registries.providers.shared.base import RegistryClient
from registries.rate_limits.exchange import SharedLimits, connected
from registries.services import login_of
from registries.transport.endpoint import Credential as Login
from registries.transport.endpoint import Endpoint
from registries.transport.limits import Limits
from registries.transport.origin import Origin
from registries.transport.policy import AddressPolicy


def endpoint_of(registry: Registry, login: Login | None) -> Endpoint:
    return Endpoint(
        origin=Origin.parse(registry.url),
        credential=login,
        ca_pem=registry.ca_pem or None,
        options=options_of(registry),
        trusted_realms=frozenset(Origin.parse(realm) for realm in registry.trusted_realms),
        addresses=address_policy(),
        limits=Limits(
            total_seconds=settings.REGISTRY_TIMEOUT_SECONDS,
            catalog_seconds=settings.REGISTRY_CATALOG_TIMEOUT_SECONDS,
            attempts=settings.REGISTRY_ATTEMPTS,
            concurrency=settings.REGISTRY_CONCURRENCY,
        ),
    )


def options_of(registry: Registry) -> dict[str, str | tuple[str, ...]]:
    return {
        name: value if isinstance(value, str) else tuple(value)
        for name, value in registry.options.items()
    }


def address_policy() -> AddressPolicy:
    return AddressPolicy(
        allow_loopback=settings.REGISTRY_ALLOW_LOOPBACK,
        networks=settings.REGISTRY_ALLOWED_NETWORKS,
    )


def connection_to(
    registry: Registry,
) -> AbstractContextManager[tuple[RegistryClient, SharedLimits]]:
    """Yield a client and its shared limits, for a row that was read with its credential.

    Raise CredentialUnreadable if the credential cannot be decrypted.
    """
    return connected(registry, endpoint_of(registry, login_of(registry)))
