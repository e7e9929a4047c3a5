"""CNCF Distribution's notifications: an envelope of one or several events.

https://distribution.github.io/distribution/about/notifications/

Its media type is .../vnd.docker.distribution.events.v1+json, or v2 from 3.0 on; the members read
here are the same. The host in ``request`` is the one used for the push, often an internal one
behind a proxy, so it does not identify the registry.
"""

from __future__ import annotations

from typing import Any

from registries.oci.media_types import MANIFESTS, SCHEMA_1
from registries.providers.shared.delivery import (
    Delivery,
    DeliveryReport,
    Pushes,
    PushEvent,
    Receiver,
    Verification,
)
from registries.providers.shared.payload import (
    delivery_report,
    object_at,
    objects_at,
    optional_text,
    tag_deleted,
    tag_pushed,
    text_at,
)
from registries.providers.shared.verification import shared_secret

_ABOUT_IMAGES = frozenset({*MANIFESTS, *SCHEMA_1})


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    events = objects_at(delivery.json(), "events")
    actions = sorted({text_at(event, "action") for event in events})
    ids = dict.fromkeys(optional_text(event, "id") for event in events)
    # Only a single event has an ID: others may be regrouped when sent again.
    number = next(iter(ids)) if len(ids) == 1 else ""
    return delivery_report(map(_outcome, events), event=", ".join(actions), delivery_id=number)


def _outcome(event: dict[str, Any]) -> PushEvent | str:
    action, target = text_at(event, "action"), object_at(event, "target")
    if action == "pull":
        return "The event is about a pull"
    if action not in ("push", "mount", "delete"):
        return "This kind of event changes no image"
    repository, tag = text_at(target, "repository"), optional_text(target, "tag")
    digest, media_type = optional_text(target, "digest"), optional_text(target, "mediaType")
    # Deletions have no media type, so the deleted object may have been an image.
    if media_type not in _ABOUT_IMAGES and (media_type or action != "delete"):
        return "The event is about a layer or a configuration, not an image"
    return (tag_deleted if action == "delete" else tag_pushed)(repository, tag, digest)


# Distribution 2.8 ignores actions only if media types are ignored too.
_ENDPOINT = """\
Add this to the registry's config.yml, next to any existing notifications:
notifications:
  endpoints:
    - name: harborguard
      url: {url}
      timeout: 2s
      threshold: 5
      backoff: 10s
      ignore:
        mediatypes: [application/octet-stream]
        actions: [pull]"""
_HEADER = """\
Below the url line, add the header that the registry sends with each notification:
      headers:
        Authorization: [Bearer {secret}]"""

PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="authorization",
            name="Authorization header",
            check=shared_secret("Authorization", prefixes=("Bearer ", "")),
            steps=(_HEADER,),
        ),
    ),
    steps=(_ENDPOINT,),
    last_steps=("Restart the registry: it reads its configuration only when it starts.",),
    reports_deletions=True,
)
