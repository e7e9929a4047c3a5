"""Artifact Registry's notifications, which a subscription of Pub/Sub sends on.

https://cloud.google.com/artifact-registry/docs/configure-notifications
https://cloud.google.com/pubsub/docs/push

The topic is that of a whole project: it also tells of registries in other locations.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from registries.providers.artifact_registry.identity import email_of
from registries.providers.artifact_registry.names import Names
from registries.providers.shared.delivery import (
    Delivery,
    Heard,
    Pushes,
    PushEvent,
    Receiver,
    Unreadable,
    Verification,
)
from registries.providers.shared.members import object_at, optional_text, text_at
from registries.providers.shared.push_events import deleted, heard, pushed

_OUTCOMES = {"INSERT": pushed, "DELETE": deleted}


def parse(delivery: Delivery, receiver: Receiver) -> Heard:
    message = object_at(delivery.json(), "message")
    number = optional_text(message, "messageId") or optional_text(message, "message_id")
    said = _said(text_at(message, "data"))
    action = text_at(said, "action")
    return heard([_outcome(said, action, receiver)], event=action, delivery_id=number)


def _said(data: str) -> dict[str, Any]:
    try:
        said = json.loads(base64.b64decode(data, validate=True))
    except (ValueError, RecursionError):
        raise Unreadable("The data of the message is not JSON in base64") from None
    if not isinstance(said, dict):
        raise Unreadable("The data of the message is not a JSON object")
    return said


def _outcome(said: dict[str, Any], action: str, receiver: Receiver) -> PushEvent | str:
    outcome = _OUTCOMES.get(action)
    if outcome is None:
        return "Of a kind that changes no image"
    image, _, digest = optional_text(said, "digest").partition("@")
    tagged = optional_text(said, "tag")
    tag = ""
    if tagged:
        # The last colon: an earlier one would be that of a port.
        image, _, tag = tagged.rpartition(":")
    host, _, repository = image.partition("/")
    if not repository:
        raise Unreadable("The message names no image")
    if host != receiver.origin.netloc:
        return f"It is about {host[:80]!r}, not about this registry"
    names = Names(receiver.origin.host)
    name = names.split(repository)
    if not name.image:
        return "It names no image of a repository"
    if name.project != (receiver.option("project") or name.project):
        return "It is of another project than this connection"
    wanted = () if names.own_repository else receiver.option_list("repositories")
    if wanted and name.repository not in wanted:
        return "It is of a repository that is none of this connection's"
    return outcome(repository, tag, digest)


def _is_of_account(delivery: Delivery, receiver: Receiver) -> bool:
    scheme, _, token = delivery.header("Authorization").partition(" ")
    account = receiver.option("push_account")
    if scheme.lower() != "bearer" or not account:
        return False
    audience = receiver.option("push_audience") or receiver.url
    return email_of(token.strip(), audience, receiver.addresses) == account


PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="oidc",
            name="Login of Pub/Sub (OIDC)",
            check=_is_of_account,
            steps=(
                "Tick Enable authentication, and choose a service account made for this.",
                "Enter its e-mail address with this connection, as the account of pushes.",
                "Leave the audience empty, or enter the same one with this connection.",
            ),
            needs=("push_account",),
        ),
    ),
    steps=(
        "In the project of the registry, create a topic of Pub/Sub that is named gcr.",
        "Create a subscription to it with the delivery type Push and the endpoint {url}",
        "Leave payload unwrapping off.",
    ),
    tells_deletes=True,
)
