"""ECR's events, which EventBridge sends: to an API destination, or through a topic of SNS.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html

An API destination sends one event, or a list of several. A topic sends an envelope that holds
the event as a text.
"""

from __future__ import annotations

import json
from typing import Any

from registries.providers.ecr.location import place_of
from registries.providers.ecr.sns import CONFIRMATION, NOTIFICATION, confirm, is_signed
from registries.providers.shared.delivery import (
    Answer,
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
from registries.providers.shared.verification import told

_HEADER = "X-HarborGuard-Secret"
_KIND = "ECR Image Action"
_OUTCOMES = {"PUSH": pushed, "DELETE": deleted}


def parse(delivery: Delivery, receiver: Receiver) -> Heard:
    document = delivery.json()
    if isinstance(document, dict) and "Type" in document and "TopicArn" in document:
        return _of_a_topic(document, receiver)
    return _heard(document, receiver)


def _of_a_topic(envelope: dict[str, Any], receiver: Receiver) -> Heard:
    kind, number = text_at(envelope, "Type"), optional_text(envelope, "MessageId")
    if kind == CONFIRMATION:
        return Heard(kind, number, ignored="A topic of SNS asks whether its messages are wanted")
    if kind != NOTIFICATION:
        return Heard(kind, number, ignored="The subscription to a topic of SNS has ended")
    try:
        event = json.loads(text_at(envelope, "Message"))
    except (ValueError, RecursionError):
        raise Unreadable("The message of SNS holds no JSON") from None
    return _heard(event, receiver, number)


def _heard(document: Any, receiver: Receiver, number: str = "") -> Heard:
    events = document if isinstance(document, list) else [document]
    if not all(isinstance(event, dict) for event in events):
        raise Unreadable("The body is neither an event of EventBridge nor a list of them")
    kinds = sorted({text_at(event, "detail-type") for event in events})
    # Only what is sent again as it was may be known by one of its numbers.
    if not number and len(events) == 1:
        number = optional_text(events[0], "id")
    outcomes = [_outcome(event, receiver) for event in events]
    return heard(outcomes, event=", ".join(kinds), delivery_id=number)


def _outcome(event: dict[str, Any], receiver: Receiver) -> PushEvent | str:
    if event.get("source") != "aws.ecr" or event.get("detail-type") != _KIND:
        return "Of a kind that changes no image"
    here, account, region = place_of(receiver), text_at(event, "account"), text_at(event, "region")
    if account != here.account and here.account:
        return f"It is from the account {account[:20]!r}, not from this registry's"
    if region != here.region:
        return f"It is from the region {region[:40]!r}, not from this registry's"
    detail = object_at(event, "detail")
    outcome = _OUTCOMES.get(text_at(detail, "action-type"))
    if outcome is None:
        return "Of a kind that changes no image"
    if optional_text(detail, "result") != "SUCCESS":
        return "It did not succeed"
    tag, digest = optional_text(detail, "image-tag"), optional_text(detail, "image-digest")
    return outcome(text_at(detail, "repository-name"), tag, digest)


def handshake(delivery: Delivery, receiver: Receiver) -> Answer | None:
    """SNS sends nothing before its question was answered, which is believed only if signed."""
    try:
        message = delivery.json()
    except Unreadable:
        return None
    if not isinstance(message, dict) or message.get("Type") != CONFIRMATION:
        return None
    topic = receiver.option("sns_topic_arn")
    if not is_signed(message, topic, receiver.addresses):
        return None
    confirm(message, topic, receiver.addresses)
    return Answer({"subscription": "confirmed"})


def _is_of_topic(delivery: Delivery, receiver: Receiver) -> bool:
    try:
        message = delivery.json()
    except Unreadable:
        return False
    topic = receiver.option("sns_topic_arn")
    return isinstance(message, dict) and is_signed(message, topic, receiver.addresses)


PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="api_destination",
            name="API destination of EventBridge",
            check=told(_HEADER),
            steps=(
                "In EventBridge, create a connection with the authorization type API key:",
                f"API key name {_HEADER}, value {{secret}}",
                "Create an API destination with that connection, method POST, endpoint {url}",
                "Make it the target of the rule.",
            ),
        ),
        Verification(
            slug="sns",
            name="Topic of SNS",
            check=_is_of_topic,
            steps=(
                "Create a standard topic of SNS, and enter its ARN with this connection.",
                "Create a subscription to it: protocol HTTPS, endpoint {url}, no raw delivery.",
                "It is confirmed by itself. Make the topic the target of the rule.",
            ),
            needs=("sns_topic_arn",),
        ),
    ),
    steps=(
        "In EventBridge, in the region of the registry, create a rule on the default event bus.",
        "Event source: AWS services, Elastic Container Registry (ECR).",
        "Event type: ECR Image Action.",
    ),
    tells_deletes=True,
    handshake=handshake,
)
