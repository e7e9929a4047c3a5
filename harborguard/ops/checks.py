"""System checks: a wrong configuration is reported before the first request."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as DeployWarning

from harborguard.embedded import broker
from registries.services import keyring


@register
def limits_are_above_zero(**_: Any) -> list[CheckMessage]:
    """Require positive limits: to libcurl, zero means no limit, and a pool cannot have zero
    threads."""
    limits = {
        "HARBORGUARD_LEASE_SECONDS": settings.SYNC_LEASE_SECONDS,
        "HARBORGUARD_REGISTRY_TIMEOUT_SECONDS": settings.REGISTRY_TIMEOUT_SECONDS,
        "HARBORGUARD_CATALOG_TIMEOUT_SECONDS": settings.REGISTRY_CATALOG_TIMEOUT_SECONDS,
        "HARBORGUARD_REGISTRY_ATTEMPTS": settings.REGISTRY_ATTEMPTS,
        "HARBORGUARD_REGISTRY_CONCURRENCY": settings.REGISTRY_CONCURRENCY,
        "HARBORGUARD_WORKER_CONCURRENCY": settings.CELERY_WORKER_CONCURRENCY,
    }
    return [
        Error(f"{name} is {value}", hint="Make it 1 or more", id="harborguard.E002")
        for name, value in limits.items()
        if value < 1
    ]


@register
def hosts_are_named(**_: Any) -> list[CheckMessage]:
    if settings.ALLOWED_HOSTS or settings.DEBUG:
        return []
    return [
        Error(
            "ALLOWED_HOSTS is empty: every page would be refused",
            hint="Set ALLOWED_HOSTS to the host names of HarborGuard",
            id="harborguard.E003",
        )
    ]


@register(deploy=True)
def a_broker_is_named(**_: Any) -> list[CheckMessage]:
    """Require a broker: with several machines, each would look for one of its own."""
    if settings.EMBEDDED or broker.url(settings.DATA_DIR) != settings.CELERY_BROKER_URL:
        return []
    return [
        DeployWarning(
            "DATABASE_URL is set, but REDIS_URL is not: only `manage.py up` starts a broker",
            hint="Set REDIS_URL to the Redis or Valkey that web, workers and beat share",
            id="harborguard.W001",
        )
    ]


@register(deploy=True)
def proxies_are_counted(**_: Any) -> list[CheckMessage]:
    """Require a proxy count behind TLS: otherwise every caller has the proxy's address."""
    if not settings.HTTPS or settings.TRUSTED_PROXIES > 0:
        return []
    return [
        DeployWarning(
            "HARBORGUARD_HTTPS is on, but HARBORGUARD_TRUSTED_PROXIES is 0: all callers "
            "share the proxy's address, so that one of them can lock out all others",
            hint="Set HARBORGUARD_TRUSTED_PROXIES to the number of proxies that append to "
            "X-Forwarded-For",
            id="harborguard.W002",
        )
    ]


@register
def credential_keys_are_usable(**_: Any) -> list[CheckMessage]:
    try:
        keyring()
    except ValueError as error:
        return [
            Error(
                f"HARBORGUARD_CREDENTIAL_KEYS is invalid: {error}",
                hint="Write id:hex with 64 hexadecimal digits from `openssl rand -hex 32`. "
                "The first key encrypts; older ones follow, separated by commas",
                id="harborguard.E001",
            )
        ]
    return []
