"""From what a product says to what may follow: an event, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable

from registries.oci.reference import is_digest, is_repository, is_tag
from registries.providers.shared.delivery import Action, Heard, PushEvent

UNTAGGED = "Pushed without a tag: what a tag points to did not change"


def pushed(repository: str, tag: str, digest: str = "") -> PushEvent | str:
    """The event, or for a person why nothing follows."""
    return _event(Action.PUSHED, repository, tag, digest) if tag else UNTAGGED


def deleted(repository: str, tag: str = "", digest: str = "") -> PushEvent | str:
    """As ``pushed``; without a tag, any of the repository's may be gone."""
    return _event(Action.DELETED, repository, tag, digest)


def heard(outcomes: Iterable[PushEvent | str], *, event: str = "", delivery_id: str = "") -> Heard:
    """What a delivery says; of reasons only where nothing at all follows."""
    distinct = list(dict.fromkeys(outcomes))
    events = tuple(one for one in distinct if isinstance(one, PushEvent))
    reasons = "; ".join(one for one in distinct if isinstance(one, str))
    return Heard(event, delivery_id, events, "" if events else reasons or "It names nothing")


def _event(action: Action, repository: str, tag: str, digest: str) -> PushEvent | str:
    if not is_repository(repository):
        return "The repository's name is outside the grammar of the OCI specification"
    if tag and not is_tag(tag):
        return "The tag is outside the grammar of the OCI specification"
    return PushEvent(action, repository, tag, digest if is_digest(digest) else "")
