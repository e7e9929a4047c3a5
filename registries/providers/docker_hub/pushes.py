"""Docker Hub's webhooks: https://docs.docker.com/docker-hub/repos/manage/webhooks/

Each repository has its own, for pushes only, and unsigned. The "callback_url" is not called, as
anyone who knows our webhook's URL could choose it.
"""

from __future__ import annotations

from registries.providers.shared.delivery import Delivery, DeliveryReport, Pushes, Receiver
from registries.providers.shared.payload import (
    delivery_report,
    object_at,
    optional_text,
    tag_pushed,
    text_at,
)
from registries.transport.origin import ORIGIN_PART, Origin

_OFFICIAL = "library"
_DOMAINS = (".docker.com", ".docker.io")
_OTHER_REGISTRY = "The repository is not on Docker Hub"


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    document = delivery.json()
    push, about = object_at(document, "push_data"), object_at(document, "repository")
    name, address = text_at(about, "repo_name"), optional_text(about, "repo_url")
    if address and not _is_docker_host(address):
        return delivery_report([_OTHER_REGISTRY], event="push")
    repository = name if "/" in name else f"{_OFFICIAL}/{name}"
    return delivery_report([tag_pushed(repository, optional_text(push, "tag"))], event="push")


def _is_docker_host(address: str) -> bool:
    match = ORIGIN_PART.match(address)
    try:
        return match is not None and f".{Origin.parse(match[0]).host}".endswith(_DOMAINS)
    except ValueError:
        return False


PUSHES = Pushes(
    parse=parse,
    steps=(
        "On hub.docker.com, open the repository and go to Webhooks.",
        "Name the webhook, enter {url} as its URL, and create it.",
        "Repeat this for each repository: Docker Hub has no webhooks for a whole namespace.",
    ),
)
