"""Registries that tell of pushes, and deliveries as they send them."""

from __future__ import annotations

import json
from itertools import count
from typing import Any
from uuid import uuid4

from django.test import Client

from registries.models import Registry
from registries.webhook import setup
from registries.webhook.setup import Shown
from tests.services.docker_registry import DockerRegistry
from tests.services.notifications import notifications_to

_IMAGE = "application/vnd.oci.image.manifest.v1+json"
_numbers = count(1)


def webhook(registry: Registry, root: str = "http://testserver") -> Shown:
    """Return the webhook as its setup page shows it."""
    return setup.shown(Registry.objects.get(pk=registry.pk), root)


def let_tell(service: DockerRegistry, registry: Registry, root: str) -> None:
    """Set the registry up as our own steps say."""
    shown = webhook(registry, root)
    service.reconfigure(notifications=notifications_to(shown.url, shown.secret))


def event(action: str, repository: str, tag: str = "", **target: Any) -> dict[str, Any]:
    """One of Distribution's."""
    named = {"mediaType": _IMAGE, "repository": repository, **({"tag": tag} if tag else {})}
    return {"id": str(uuid4()), "action": action, "target": {**named, **target}}


def pushed(repository: str, *tags: str) -> bytes:
    return body([event("push", repository, tag) for tag in tags])


def deleted(repository: str, tag: str = "") -> bytes:
    digest = f"sha256:{next(_numbers):064x}"
    return body([event("delete", repository, tag, digest=digest)])


def body(events: list[dict[str, Any]]) -> bytes:
    return json.dumps({"events": events}).encode()


def deliver(registry: Registry, sent: bytes, *, secret: str | None = None, **headers: str) -> Any:
    """The answer to what a registry sends to its webhook."""
    shown = webhook(registry)
    authorization = f"Bearer {shown.secret if secret is None else secret}"
    return Client().post(
        shown.url.removeprefix("http://testserver"),
        sent,
        content_type="application/vnd.docker.distribution.events.v2+json",
        headers={"Authorization": authorization, **headers},
    )
