"""Turn what a product reports into an event, or into the reason why it starts nothing."""

from __future__ import annotations

from collections.abc import Iterable

from registries.oci.reference import is_digest, is_repository, is_tag
from registries.providers.shared.delivery import Action, Heard, PushEvent

UNTAGGED = "Pushed by digest only: no tag changed"


def pushed(repository: str, tag: str, digest: str = "") -> PushEvent | str:
    """Return the event, or the reason, for a person, why it starts nothing."""
    return _event(Action.PUSHED, repository, tag, digest) if tag else UNTAGGED


def deleted(repository: str, tag: str = "", digest: str = "") -> PushEvent | str:
    """Do as ``pushed``; without a tag, any tag of the repository may be deleted."""
    return _event(Action.DELETED, repository, tag, digest)


def heard(outcomes: Iterable[PushEvent | str], *, event: str = "", delivery_id: str = "") -> Heard:
    """Return what a delivery reports; a reason only where nothing at all follows."""
    distinct = list(dict.fromkeys(outcomes))
    events = tuple(one for one in distinct if isinstance(one, PushEvent))
    reasons = "; ".join(one for one in distinct if isinstance(one, str))
    return Heard(
        event, delivery_id, events, "" if events else reasons or "The delivery names no repository"
    )


def _event(action: Action, repository: str, tag: str, digest: str) -> PushEvent | str:
    if not is_repository(repository):
        return "The repository name violates the OCI grammar"
    if tag and not is_tag(tag):
        return "The tag violates the OCI grammar"
    return PushEvent(action, repository, tag, digest if is_digest(digest) else "")
