"""JFrog's webhooks, of the domain docker: one JSON object for each event.

https://jfrog.com/help/r/jfrog-platform-administration-documentation/webhooks
"""

from __future__ import annotations

from typing import Any

from registries.providers.shared.delivery import (
    Delivery,
    Heard,
    Pushes,
    PushEvent,
    Receiver,
    Verification,
)
from registries.providers.shared.keyed_names import BY_PATH, keyed_names
from registries.providers.shared.members import object_at, optional_text, text_at
from registries.providers.shared.push_events import UNTAGGED, deleted, heard, pushed
from registries.providers.shared.verification import signed, told
from registries.transport.origin import ORIGIN_PART, Origin

_HEADER = "X-JFrog-Event-Auth"
_OUTCOMES = {"pushed": pushed, "promoted": pushed, "deleted": deleted}


def parse(delivery: Delivery, receiver: Receiver) -> Heard:
    document = delivery.json()
    event = f"{text_at(document, 'domain')} {text_at(document, 'event_type')}"
    return heard([_outcome(document, receiver)], event=event)


def _outcome(document: dict[str, Any], receiver: Receiver) -> PushEvent | str:
    outcome = _OUTCOMES.get(text_at(document, "event_type"))
    if text_at(document, "domain") != "docker" or outcome is None:
        return "Of a kind that changes no image"
    if stranger := _stranger(optional_text(document, "jpd_origin"), receiver):
        return (
            f"It is from {stranger}: if that is this registry's platform, give the connection "
            "its address as the Platform URL"
        )
    data = object_at(document, "data")
    repository = _repository(data, receiver)
    if not repository:
        return "It is about a repository key that this connection does not read"
    tag, digest = optional_text(data, "tag"), optional_text(data, "sha256")
    if tag.startswith(("sha256:", "sha256__")):
        return UNTAGGED
    return outcome(repository, tag, f"sha256:{digest}")


def _repository(data: dict[str, Any], receiver: Receiver) -> str:
    """As the inventory names it; empty where the connection does not read its key."""
    key, image = text_at(data, "repo_key"), text_at(data, "image_name")
    keys = receiver.option_list("repository_keys")
    names = keyed_names(receiver.option("addressing") or BY_PATH, keys)
    if (keys and key not in keys) or names.own_key == "":
        return ""
    return names.name(key, image)


def _stranger(address: str, receiver: Receiver) -> str:
    """The host that says it sent this, where it is not ours."""
    host = _host(address)
    known = (receiver.origin.host, _host(receiver.option("api_url")))
    return "" if host in known else host


def _host(address: str) -> str:
    """Empty where none is told."""
    part = ORIGIN_PART.match(address)
    try:
        return Origin.parse(part[0]).host if part else ""
    except ValueError:
        return ""


_SIGNING = Verification(
    slug="signature",
    name="Signed payload",
    check=signed(_HEADER, "sha256"),
    steps=(
        "Enter {secret} as the secret token.",
        "Tick Use secret for payload signing.",
    ),
)
_TOKEN = Verification(
    slug="token",
    name="Secret token",
    check=told(_HEADER),
    steps=(
        "Enter {secret} as the secret token.",
        "Leave Use secret for payload signing unticked.",
    ),
)

PUSHES = Pushes(
    parse=parse,
    verifications=(_SIGNING, _TOKEN),
    steps=(
        "In the JFrog platform, open Administration, General, Webhooks, and add one.",
        "Enter {url} as its URL.",
        "Choose pushed, deleted and promoted of Docker, and the repositories of this connection.",
    ),
    tells_deletes=True,
)
