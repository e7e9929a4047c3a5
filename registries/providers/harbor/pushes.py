"""Harbor's webhooks, in both of its payload formats.

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
_ELSEWHERE = "The event is about another registry"


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
    said = object_at(document, "data" if "specversion" in document else "event_data")
    if event in _RETAINED:
        return _of_retention(object_at(said, "retention"), receiver)
    repository = text_at(object_at(said, "repository"), "repo_full_name")
    made = tag_pushed if event in _PUSHED else tag_deleted
    return [
        _ELSEWHERE
        if _is_elsewhere(optional_text(resource, "resource_url"), receiver)
        else made(repository, _tag(resource), optional_text(resource, "digest"))
        for resource in objects_at(said, "resources")
    ]


def _of_retention(retention: dict[str, Any], receiver: Receiver) -> list[PushEvent | str]:
    """Return events of a retention run, for each repository it names: it does not list every
    deleted tag."""
    if _is_elsewhere(optional_text(retention, "harbor_hostname"), receiver):
        return [_ELSEWHERE]
    project = text_at(retention, "project_name")
    taken = objects_at(retention, "deleted_artifact")
    names = [optional_text(artifact, "name_tag").partition(":")[0] for artifact in taken]
    return [tag_deleted(f"{project}/{name}") for name in names if name]


def _is_elsewhere(address: str, receiver: Receiver) -> bool:
    """Return whether it is another registry. Harbor's own name often lacks the port that it is
    reached at."""
    host = address.partition("/")[0].partition(":")[0].lower()
    return bool(host) and host != receiver.origin.host


def _tag(resource: dict[str, Any]) -> str:
    """Return the tag, or "" for a digest, which stands in the tag's place where there is none."""
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
