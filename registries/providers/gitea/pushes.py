"""Webhooks of Gitea and Forgejo about packages, signed over the raw body.

https://docs.gitea.com/usage/webhooks; https://forgejo.org/docs/latest/user/webhooks

Their URLs are those of web pages, which may be on another host than the registry.
"""

from __future__ import annotations

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
    optional_text,
    tag_deleted,
    tag_pushed,
    text_at,
)
from registries.providers.shared.verification import any_of, hmac_signature

_PACKAGE = "package"
_OUTCOMES = {"created": tag_pushed, "deleted": tag_deleted}


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    event = delivery.header("x-forgejo-event") or delivery.header("x-gitea-event")
    delivery_id = delivery.header("x-forgejo-delivery") or delivery.header("x-gitea-delivery")
    outcome = (
        "The event is not about packages"
        if event not in ("", _PACKAGE)
        else _outcome(delivery, receiver)
    )
    return delivery_report([outcome], event=event, delivery_id=delivery_id)


def _outcome(delivery: Delivery, receiver: Receiver) -> PushEvent | str:
    document = delivery.json()
    action, package = text_at(document, "action"), object_at(document, _PACKAGE)
    if text_at(package, "type") != "container":
        return "The package is not a container image"
    if action not in _OUTCOMES:
        return "This kind of event changes no image"
    owner, name = text_at(object_at(package, "owner"), "login").lower(), text_at(package, "name")
    owners = [one.lower() for one in receiver.option_list("owners")]
    if owners and owner not in owners:
        return "This connection does not read the event's owner"
    version = optional_text(package, "version")
    tag, digest = ("", version) if is_digest(version) else (version, "")
    return _OUTCOMES[action](f"{owner}/{name}", tag, digest)


_LOCATION = (
    "Open the settings of the organization or user that owns the images and go to Webhooks; "
    "administrators can use the site's webhooks for all owners."
)
_ALLOWED_HOSTS = (
    "If the server may not call every host, add HarborGuard's host to ALLOWED_HOST_LIST "
    "under [webhook] in app.ini."
)

PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="signature",
            name="Signature (HMAC-SHA256)",
            check=any_of(
                hmac_signature("X-Gitea-Signature", "sha256"),
                hmac_signature("X-Forgejo-Signature", "sha256"),
                hmac_signature("X-Hub-Signature-256", "sha256", prefix="sha256="),
            ),
            steps=("Enter {secret} as the webhook's secret.",),
        ),
    ),
    steps=(
        _LOCATION,
        "Add a webhook of the type Gitea or Forgejo, and enter {url} as its target URL.",
        (
            "Choose POST, the content type application/json, and only Package among the custom "
            "events."
        ),
        _ALLOWED_HOSTS,
    ),
    reports_deletions=True,
)
