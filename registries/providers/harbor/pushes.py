"""Harbor's webhooks, in both payload formats.

https://goharbor.io/docs/main/working-with-projects/project-configuration/configure-webhooks/

The default format's "event_data" is "data" in CloudEvents.
"""

from __future__ import annotations

from typing import Any

from registries.oci.reference import is_digest
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

_PUSHED = ("PUSH_ARTIFACT", "harbor.artifact.pushed")
_DELETED = ("DELETE_ARTIFACT", "harbor.artifact.deleted")
_PULLED = ("PULL_ARTIFACT", "harbor.artifact.pulled")
_RETAINED = ("TAG_RETENTION", "harbor.tag_retention.finished")
_OTHER_REGISTRY = "The event is about another registry"


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    document = delivery.json()
    event = text_at(document, "type")
    return delivery_report(
        _outcomes(event, document, receiver), event=event, delivery_id=optional_text(document, "id")
    )


def _outcomes(event: str, document: Any, receiver: Receiver) -> list[PushEvent | str]:
    if event in _PULLED:
        return ["The event is about a pull"]
    if event not in (*_PUSHED, *_DELETED, *_RETAINED):
        return ["This kind of event changes no image"]
    data = object_at(document, "data" if "specversion" in document else "event_data")
    if event in _RETAINED:
        return _retention_outcomes(object_at(data, "retention"), receiver)
    repository = text_at(object_at(data, "repository"), "repo_full_name")
    to_event = tag_pushed if event in _PUSHED else tag_deleted
    return [
        _OTHER_REGISTRY
        if _is_other_registry(optional_text(resource, "resource_url"), receiver)
        else to_event(repository, _tag(resource), optional_text(resource, "digest"))
        for resource in objects_at(data, "resources")
    ]


def _retention_outcomes(retention: dict[str, Any], receiver: Receiver) -> list[PushEvent | str]:
    """Return an event for each repository of a retention run, which does not list every tag."""
    if _is_other_registry(optional_text(retention, "harbor_hostname"), receiver):
        return [_OTHER_REGISTRY]
    project = text_at(retention, "project_name")
    artifacts = objects_at(retention, "deleted_artifact")
    names = [optional_text(artifact, "name_tag").partition(":")[0] for artifact in artifacts]
    return [tag_deleted(f"{project}/{name}") for name in names if name]


def _is_other_registry(address: str, receiver: Receiver) -> bool:
    """Return whether ``address`` is another registry's. Its port is often missing, so it is
    ignored."""
    host = address.partition("/")[0].partition(":")[0].lower()
    return bool(host) and host != receiver.origin.host


def _tag(resource: dict[str, Any]) -> str:
    """Return the tag, or "" if the payload has the digest of an untagged image instead."""
    tag = optional_text(resource, "tag")
    return "" if is_digest(tag) else tag


PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="authorization",
            name="Auth Header",
            check=shared_secret("Authorization", prefixes=("", "Bearer ")),
            steps=('Enter {secret} as the webhook\'s "Auth Header".',),
        ),
    ),
    steps=(
        (
            "In Harbor, open the project's Webhooks and create a webhook. Repeat this for each "
            "project."
        ),
        'Choose the notify type "http" and either payload format.',
        (
            'Select the event types "Artifact pushed", "Artifact deleted" and "Tag '
            'retention finished".'
        ),
        "Enter {url} as the endpoint URL.",
    ),
    reports_deletions=True,
)
