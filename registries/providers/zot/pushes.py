"""zot's events, as CloudEvents in HTTP's binary mode: the headers say what happened.

https://zotregistry.dev/latest/articles/events/ (source: project-zot/zot, pkg/extensions/events);
https://github.com/cloudevents/spec, HTTP protocol binding.
"""

from __future__ import annotations

from registries.oci.reference import is_digest
from registries.providers.shared.delivery import (
    Delivery,
    Heard,
    Pushes,
    PushEvent,
    Receiver,
    Unreadable,
    Verification,
)
from registries.providers.shared.payload import deleted, heard, optional_text, pushed, text_at
from registries.providers.shared.verification import one_of, password, told

# The prefix of the type can be configured; "zotregistry" is the default.
_UPDATED, _DELETED = ".image.updated", ".image.deleted"

_SINK = """\
Add this to "extensions" in zot's configuration, beside any sinks that it already has:
"events": {
  "enable": true,
  "sinks": [
    {
      "type": "http",
      "address": "{url}",
      "timeout": "5s"
    }
  ]
}"""
_CREDENTIALS = """\
In that sink, after a comma, add the credentials to send with each event (any user name works):
      "credentials": {"username": "harborguard", "password": "{secret}"}"""


def parse(delivery: Delivery, receiver: Receiver) -> Heard:
    event, number = delivery.header("ce-type"), delivery.header("ce-id")
    if not event:
        raise Unreadable('The "ce-type" header of a CloudEvent is missing')
    return heard([_outcome(event, delivery)], event=event, delivery_id=number)


def _outcome(event: str, delivery: Delivery) -> PushEvent | str:
    if not event.endswith((_UPDATED, _DELETED)):
        return "This kind of event changes no image"
    image = delivery.json()
    repository, reference = text_at(image, "name"), optional_text(image, "reference")
    tag = "" if is_digest(reference) else reference
    digest = optional_text(image, "digest") or (reference if not tag else "")
    return (pushed if event.endswith(_UPDATED) else deleted)(repository, tag, digest)


PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="authorization",
            name="Authorization header",
            check=one_of(password(), told("Authorization", prefixes=("Bearer ", ""))),
            steps=(_CREDENTIALS,),
        ),
    ),
    steps=(_SINK,),
    last_steps=("Restart zot. Its minimal build has no events extension.",),
    tells_deletes=True,
)
