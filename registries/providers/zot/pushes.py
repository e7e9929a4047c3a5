"""zot's events: CloudEvents in HTTP's binary mode, with the event in the headers.

https://zotregistry.dev/latest/articles/events/ (source: project-zot/zot, pkg/extensions/events);
https://github.com/cloudevents/spec, HTTP protocol binding.
"""

from __future__ import annotations

from registries.oci.reference import is_digest
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
    optional_text,
    tag_deleted,
    tag_pushed,
    text_at,
)
from registries.providers.shared.verification import any_of, basic_password, shared_secret

# The prefix of the type can be configured; "zotregistry" is the default.
_UPDATED, _DELETED = ".image.updated", ".image.deleted"

_SINK = """\
Add this to "extensions" in zot's configuration, next to any existing sinks:
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


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    event, number = delivery.header("ce-type"), delivery.header("ce-id")
    if not event:
        raise MalformedDelivery('The "ce-type" header of a CloudEvent is missing')
    return delivery_report([_outcome(event, delivery)], event=event, delivery_id=number)


def _outcome(event: str, delivery: Delivery) -> PushEvent | str:
    if not event.endswith((_UPDATED, _DELETED)):
        return "This kind of event changes no image"
    image = delivery.json()
    repository, reference = text_at(image, "name"), optional_text(image, "reference")
    tag = "" if is_digest(reference) else reference
    digest = optional_text(image, "digest") or (reference if not tag else "")
    return (tag_pushed if event.endswith(_UPDATED) else tag_deleted)(repository, tag, digest)


PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="authorization",
            name="Authorization header",
            check=any_of(
                basic_password(), shared_secret("Authorization", prefixes=("Bearer ", ""))
            ),
            steps=(_CREDENTIALS,),
        ),
    ),
    steps=(_SINK,),
    last_steps=("Restart zot. Its minimal build has no events extension.",),
    reports_deletions=True,
)
