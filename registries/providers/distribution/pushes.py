"""CNCF Distribution's notifications: an envelope of events, one or several.

https://distribution.github.io/distribution/about/notifications/

Its media type is .../vnd.docker.distribution.events.v1+json, or v2 from 3.0 on: the members
read here are the same in both. The host in ``request`` is that which the pusher called, often
one behind a proxy that is not ours: it does not say which registry tells this.
"""

from __future__ import annotations

from typing import Any

from registries.oci.media_types import MANIFESTS, SCHEMA_1
from registries.providers.shared.delivery import (
    Delivery,
    Heard,
    Pushes,
    PushEvent,
    Receiver,
    Verification,
)
from registries.providers.shared.members import object_at, objects_at, optional_text, text_at
from registries.providers.shared.push_events import deleted, heard, pushed
from registries.providers.shared.verification import told

_ABOUT_IMAGES = frozenset({*MANIFESTS, *SCHEMA_1})


def parse(delivery: Delivery, receiver: Receiver) -> Heard:
    events = objects_at(delivery.json(), "events")
    actions = sorted({text_at(event, "action") for event in events})
    ids = dict.fromkeys(optional_text(event, "id") for event in events)
    # Only what is sent again as it was may be known by one of its numbers.
    number = next(iter(ids)) if len(ids) == 1 else ""
    return heard(map(_outcome, events), event=", ".join(actions), delivery_id=number)


def _outcome(event: dict[str, Any]) -> PushEvent | str:
    action, target = text_at(event, "action"), object_at(event, "target")
    if action == "pull":
        return "Only about reading"
    if action not in ("push", "mount", "delete"):
        return "Of a kind that changes no image"
    repository, tag = text_at(target, "repository"), optional_text(target, "tag")
    digest, media_type = optional_text(target, "digest"), optional_text(target, "mediaType")
    # Deletes tell no media type: what is gone may have been an image.
    if media_type not in _ABOUT_IMAGES and (media_type or action != "delete"):
        return "About a layer or a configuration, not an image"
    return (deleted if action == "delete" else pushed)(repository, tag, digest)


# Distribution 2.8 looks at the actions to ignore only where there are media types to ignore too.
_ENDPOINT = """\
Add to the registry's config.yml, beside the notifications that it may have already:
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
Below the line of the url, add what the registry is to send with each notification:
      headers:
        Authorization: [Bearer {secret}]"""

PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="authorization",
            name="Authorization header",
            check=told("Authorization", prefixes=("Bearer ", "")),
            steps=(_HEADER,),
        ),
    ),
    steps=(_ENDPOINT,),
    last_steps=("Restart the registry: it reads its configuration only when it starts.",),
    tells_deletes=True,
)
