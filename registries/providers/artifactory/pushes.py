"""JFrog's webhooks of the domain "docker": one JSON object per event.

https://jfrog.com/help/r/jfrog-platform-administration-documentation/webhooks
"""

from __future__ import annotations

from typing import Any

from registries.providers.shared.delivery import (
    Delivery,
    DeliveryReport,
    Pushes,
    PushEvent,
    Receiver,
    Verification,
)
from registries.providers.shared.keyed_names import BY_PATH, keyed_names
from registries.providers.shared.payload import (
    UNTAGGED,
    delivery_report,
    object_at,
    optional_text,
    tag_deleted,
    tag_pushed,
    text_at,
)
from registries.providers.shared.verification import hmac_signature, shared_secret
from registries.transport.origin import ORIGIN_PART, Origin

_HEADER = "X-JFrog-Event-Auth"
_OUTCOMES = {"pushed": tag_pushed, "promoted": tag_pushed, "deleted": tag_deleted}


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    document = delivery.json()
    event = f"{text_at(document, 'domain')} {text_at(document, 'event_type')}"
    return delivery_report([_outcome(document, receiver)], event=event)


def _outcome(document: dict[str, Any], receiver: Receiver) -> PushEvent | str:
    outcome = _OUTCOMES.get(text_at(document, "event_type"))
    if text_at(document, "domain") != "docker" or outcome is None:
        return "This kind of event changes no image"
    if host := _other_platform(optional_text(document, "jpd_origin"), receiver):
        return (
            f"The event is from {host}. If that is this registry's platform, enter its "
            "URL as the connection's Platform URL"
        )
    data = object_at(document, "data")
    repository = _repository(data, receiver)
    if not repository:
        return "This connection does not read the event's repository key"
    tag, digest = optional_text(data, "tag"), optional_text(data, "sha256")
    if tag.startswith(("sha256:", "sha256__")):
        return UNTAGGED
    return outcome(repository, tag, f"sha256:{digest}")


def _repository(data: dict[str, Any], receiver: Receiver) -> str:
    """Return the name in the inventory, or "" if the connection does not read the key."""
    key, image = text_at(data, "repo_key"), text_at(data, "image_name")
    keys = receiver.option_list("repository_keys")
    names = keyed_names(receiver.option("addressing") or BY_PATH, keys)
    if (keys and key not in keys) or names.own_key == "":
        return ""
    return names.name(key, image)


def _other_platform(address: str, receiver: Receiver) -> str:
    """Return the host of the event's platform, or "" if it is the connection's."""
    host = _host(address)
    known = (receiver.origin.host, _host(receiver.option("api_url")))
    return "" if host in known else host


def _host(address: str) -> str:
    """Return the host, or "" if none is given."""
    part = ORIGIN_PART.match(address)
    try:
        return Origin.parse(part[0]).host if part else ""
    except ValueError:
        return ""


_SIGNING = Verification(
    slug="signature",
    name="Signed payload",
    check=hmac_signature(_HEADER, "sha256"),
    steps=(
        "Enter {secret} as the secret token.",
        "Select Use secret for payload signing.",
    ),
)
_TOKEN = Verification(
    slug="token",
    name="Secret token",
    check=shared_secret(_HEADER),
    steps=(
        "Enter {secret} as the secret token.",
        "Leave Use secret for payload signing unselected.",
    ),
)

PUSHES = Pushes(
    parse=parse,
    verifications=(_SIGNING, _TOKEN),
    steps=(
        "In the JFrog platform, open Administration > General > Webhooks and add a webhook.",
        "Enter {url} as its URL.",
        "Choose pushed, deleted and promoted under Docker, and this connection's repositories.",
    ),
    reports_deletions=True,
)
