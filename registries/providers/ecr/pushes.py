"""Events of ECR, sent by EventBridge: to an API destination, or through an SNS topic.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html

An API destination sends one event, or a list of several. A topic sends an envelope that holds the
event as a string.
"""

from __future__ import annotations

import json
from typing import Any

from registries.providers.ecr.location import location_of
from registries.providers.ecr.sns import CONFIRMATION, NOTIFICATION, confirm, is_signed
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
    tag_deleted,
    tag_pushed,
    text_at,
)
from registries.providers.shared.verification import shared_secret

_HEADER = "X-HarborGuard-Secret"
_KIND = "ECR Image Action"
_OUTCOMES = {"PUSH": tag_pushed, "DELETE": tag_deleted}


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    document = delivery.json()
    if isinstance(document, dict) and "Type" in document and "TopicArn" in document:
        return _topic_report(document, receiver)
    return _event_report(document, receiver)


def _topic_report(envelope: dict[str, Any], receiver: Receiver) -> DeliveryReport:
    kind, number = text_at(envelope, "Type"), optional_text(envelope, "MessageId")
    if kind == CONFIRMATION:
        return DeliveryReport(
            kind, number, ignored="SNS requested the confirmation of a subscription"
        )
    if kind != NOTIFICATION:
        return DeliveryReport(kind, number, ignored="The subscription to the SNS topic has ended")
    try:
        event = json.loads(text_at(envelope, "Message"))
    except (ValueError, RecursionError):
        raise MalformedDelivery("The SNS message is not JSON") from None
    return _event_report(event, receiver, number)


def _event_report(document: Any, receiver: Receiver, number: str = "") -> DeliveryReport:
    events = document if isinstance(document, list) else [document]
    if not all(isinstance(event, dict) for event in events):
        raise MalformedDelivery("The body is neither an EventBridge event nor a list of them")
    kinds = sorted({text_at(event, "detail-type") for event in events})
    # Only a single event has an ID: others may be regrouped when sent again.
    if not number and len(events) == 1:
        number = optional_text(events[0], "id")
    outcomes = [_outcome(event, receiver) for event in events]
    return delivery_report(outcomes, event=", ".join(kinds), delivery_id=number)


def _outcome(event: dict[str, Any], receiver: Receiver) -> PushEvent | str:
    if event.get("source") != "aws.ecr" or event.get("detail-type") != _KIND:
        return "This kind of event changes no image"
    here, account, region = (
        location_of(receiver),
        text_at(event, "account"),
        text_at(event, "region"),
    )
    if account != here.account and here.account:
        return f"The event is from the account {account[:20]!r}, not from this registry's"
    if region != here.region:
        return f"The event is from the region {region[:40]!r}, not from this registry's"
    detail = object_at(event, "detail")
    outcome = _OUTCOMES.get(text_at(detail, "action-type"))
    if outcome is None:
        return "This kind of event changes no image"
    if optional_text(detail, "result") != "SUCCESS":
        return "The action did not succeed"
    tag, digest = optional_text(detail, "image-tag"), optional_text(detail, "image-digest")
    return outcome(text_at(detail, "repository-name"), tag, digest)


def handshake(delivery: Delivery, receiver: Receiver) -> HandshakeAnswer | None:
    """Confirm a subscription if the request is signed. SNS sends no events before that."""
    try:
        message = delivery.json()
    except MalformedDelivery:
        return None
    if not isinstance(message, dict) or message.get("Type") != CONFIRMATION:
        return None
    topic = receiver.option("sns_topic_arn")
    if not is_signed(message, topic, receiver.addresses):
        return None
    confirm(message, topic, receiver.addresses)
    return HandshakeAnswer({"subscription": "confirmed"})


def _is_from_topic(delivery: Delivery, receiver: Receiver) -> bool:
    try:
        message = delivery.json()
    except MalformedDelivery:
        return False
    topic = receiver.option("sns_topic_arn")
    return isinstance(message, dict) and is_signed(message, topic, receiver.addresses)


PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="api_destination",
            name="EventBridge API destination",
            check=shared_secret(_HEADER),
            steps=(
                "In EventBridge, create a connection with the authorization type API key:",
                f"API key name {_HEADER}, value {{secret}}",
                "Create an API destination with that connection, method POST, endpoint {url}",
                "Choose it as the target of the rule.",
            ),
        ),
        Verification(
            slug="sns",
            name="SNS topic",
            check=_is_from_topic,
            steps=(
                "Create a standard SNS topic, and enter its ARN in the connection's options.",
                (
                    "Create a subscription to it: protocol HTTPS, endpoint {url}, raw message "
                    "delivery disabled."
                ),
                "HarborGuard confirms it automatically. Choose the topic as the rule's target.",
            ),
            needs=("sns_topic_arn",),
        ),
    ),
    steps=(
        "In EventBridge, in the registry's region, create a rule on the default event bus.",
        "Event source: AWS services, Elastic Container Registry (ECR).",
        "Event type: ECR Image Action.",
    ),
    reports_deletions=True,
    handshake=handshake,
)
