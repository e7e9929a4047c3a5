"""GitHub's webhooks about packages, of a repository or an organization.

https://docs.github.com/webhooks/webhook-events-and-payloads#package

A push of an index sends one event for it, and one without a tag for each of its images.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from registries.providers.shared.delivery import (
    Delivery,
    DeliveryReport,
    HandshakeAnswer,
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
    tag_pushed,
    text_at,
)
from registries.providers.shared.verification import hmac_signature

_PACKAGE_EVENTS = ("package", "registry_package")
_CONTAINERS = ("container", "docker")
_FORM = "application/x-www-form-urlencoded"


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    event, delivery_id = delivery.header("X-GitHub-Event"), delivery.header("X-GitHub-Delivery")
    if not event:
        raise MalformedDelivery("The header X-GitHub-Event is missing")
    if event == "ping":
        pong = HandshakeAnswer({"message": "pong"})
        return DeliveryReport(event, delivery_id, ignored="GitHub sent a ping", answer=pong)
    if event not in _PACKAGE_EVENTS:
        return DeliveryReport(event, delivery_id, ignored="The event is not about packages")
    document = _document(delivery)
    action = text_at(document, "action")
    outcome = _outcome(action, object_at(document, event), receiver)
    return delivery_report([outcome], event=f"{event} {action}", delivery_id=delivery_id)


def _document(delivery: Delivery) -> Any:
    """Return the payload: JSON or a form with that JSON, as configured in the webhook."""
    if delivery.header("Content-Type").partition(";")[0].strip().lower() != _FORM:
        return delivery.json()
    try:
        fields = parse_qs(delivery.body.decode(), max_num_fields=10)
    except ValueError:
        raise MalformedDelivery("The body is not a form") from None
    return replace(delivery, body=fields.get("payload", [""])[0].encode()).json()


def _outcome(action: str, package: dict[str, Any], receiver: Receiver) -> PushEvent | str:
    if action not in ("published", "updated"):
        return "This kind of event changes no image"
    if optional_text(package, "package_type").lower() not in _CONTAINERS:
        return "The package is not a container image"
    owner = text_at(object_at(package, "owner"), "login").lower()
    owners = [name.lower() for name in receiver.option_list("owners")]
    if owners and owner not in owners:
        return "This connection does not read the event's owner"
    repository = f"{owner}/{text_at(package, 'name')}".lower()
    if package.get("package_version") is None:
        return "The event names no version of the package"
    return _version_outcome(repository, object_at(package, "package_version"), receiver)


def _version_outcome(
    repository: str, version: dict[str, Any], receiver: Receiver
) -> PushEvent | str:
    host = optional_text(version, "package_url").rpartition("://")[2].partition("/")[0].lower()
    if host and host != receiver.origin.netloc:
        return "The event is about another registry"
    metadata = version.get("container_metadata")
    tag = metadata.get("tag") if isinstance(metadata, dict) else None
    name, digest = optional_text(tag, "name"), optional_text(tag, "digest")
    return tag_pushed(repository, name, digest or optional_text(version, "version"))


PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="signature",
            name="GitHub signature (X-Hub-Signature-256)",
            check=hmac_signature("X-Hub-Signature-256", "sha256", prefix="sha256="),
            steps=("Enter {secret} as the webhook's Secret.",),
        ),
    ),
    steps=(
        "On GitHub, open the organization's Settings, go to Webhooks, and add a webhook.",
        (
            "For a package that belongs to a user, add it to the repository that the package is "
            "linked to."
        ),
        "Enter {url} as the Payload URL, and choose application/json as the content type.",
        "Choose individual events: Packages and, if offered, Registry packages.",
    ),
)
