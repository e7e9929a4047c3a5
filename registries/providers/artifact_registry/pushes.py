"""Notifications of Artifact Registry, delivered by a Pub/Sub push subscription.

https://cloud.google.com/artifact-registry/docs/configure-notifications
https://cloud.google.com/pubsub/docs/push

The topic belongs to a whole project: it also reports registries in other locations.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from registries.providers.artifact_registry.identity import email_of
from registries.providers.artifact_registry.names import Names
from registries.providers.shared.delivery import (
    Delivery,
    DeliveryReport,
    MalformedDelivery,
    Pushes,
    PushEvent,
    Receiver,
    Verification,
)
from registries.providers.shared.payload import (
    delivery_report,
    object_at,
    optional_text,
    tag_deleted,
    tag_pushed,
    text_at,
)

_OUTCOMES = {"INSERT": tag_pushed, "DELETE": tag_deleted}


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    message = object_at(delivery.json(), "message")
    number = optional_text(message, "messageId") or optional_text(message, "message_id")
    notification = _notification(text_at(message, "data"))
    action = text_at(notification, "action")
    return delivery_report(
        [_outcome(notification, action, receiver)], event=action, delivery_id=number
    )


def _notification(data: str) -> dict[str, Any]:
    try:
        notification = json.loads(base64.b64decode(data, validate=True))
    except (ValueError, RecursionError):
        raise MalformedDelivery("The message data is not base64-encoded JSON") from None
    if not isinstance(notification, dict):
        raise MalformedDelivery("The message data is not a JSON object")
    return notification


def _outcome(notification: dict[str, Any], action: str, receiver: Receiver) -> PushEvent | str:
    outcome = _OUTCOMES.get(action)
    if outcome is None:
        return "This kind of event changes no image"
    image, _, digest = optional_text(notification, "digest").partition("@")
    tagged = optional_text(notification, "tag")
    tag = ""
    if tagged:
        # The last colon: an earlier one would belong to a port.
        image, _, tag = tagged.rpartition(":")
    host, _, repository = image.partition("/")
    if not repository:
        raise MalformedDelivery("The message names no image")
    if host != receiver.origin.netloc:
        return f"The image is at {host[:80]!r}, not at this registry"
    names = Names(receiver.origin.host)
    name = names.split(repository)
    if not name.image:
        return "The message names no image in a repository"
    if name.project != (receiver.option("project") or name.project):
        return "The image belongs to another project than this connection's"
    wanted = () if names.own_repository else receiver.option_list("repositories")
    if wanted and name.repository not in wanted:
        return "The repository is not one of this connection's"
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
            name="Pub/Sub identity token (OIDC)",
            check=_is_of_account,
            steps=(
                "Enable authentication, and choose a service account created for this.",
                "Enter its e-mail address as the push account of this connection.",
                (
                    "Leave the audience empty, or enter the same one as the push audience of "
                    "this connection."
                ),
            ),
            needs=("push_account",),
        ),
    ),
    steps=(
        "In the registry's project, create a Pub/Sub topic named gcr.",
        "Create a subscription to it with the delivery type Push and the endpoint {url}",
        "Leave payload unwrapping disabled.",
    ),
    reports_deletions=True,
)
