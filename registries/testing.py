"""Test Connection, whoever asks for it: a few at a time, each told to the audit trail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry
from registries.models import Registry
from registries.services import KEPT, Kept, as_stored, trust_realm
from registries.staged_test import Outcome, StageResult, run_staged_test
from registries.transport.endpoint import Credential as Login
from registries.validation import normal_login

# A test waits for the registry in a thread of this process: most are left for the pages.
_SLOTS = BoundedSemaphore(2)


class Busy(Exception):
    """As many tests are under way as this process does at once."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("Other connection tests are under way. Try again in a moment.")


def run_test(
    registry: Registry, *, by: Actor, login: Login | Kept | None = KEPT
) -> list[StageResult]:
    """How far the connection gets, stage by stage. Raise Busy.

    With a login that is given, the connection is tested as it is here; else as it is stored.
    """
    with _slot():
        return _run(as_stored(registry.pk) if isinstance(login, Kept) else registry, by, login)


def trust_and_test(registry: Registry, realm: str, *, by: Actor) -> tuple[bool, list[StageResult]]:
    """Trust the token server that the registry asks for at this moment, and test again.

    No other one: False, with the results of the first test. Raise Busy, or ValidationError if
    the connection was led to another place while it was tested.
    """
    with _slot():
        tested = as_stored(registry.pk)
        results = _run(tested, by)
        if not realm or realm not in {result.untrusted_realm for result in results}:
            return False, results
        trust_realm(tested, realm, by=by)
        return True, _run(as_stored(registry.pk), by)


def unsaved(*, login: Login | None, **fields: Any) -> Registry:
    """A connection that is to be tested before it is saved; it needs no name.

    Raise ValidationError that names each wrong field.
    """
    registry = Registry(**fields)
    registry.full_clean(exclude=None if registry.name else {"name"}, validate_unique=False)
    if login is not None:
        normal_login(registry.provider, login)
    return registry


def first_failure(results: Sequence[StageResult]) -> StageResult | None:
    return next((result for result in results if result.outcome == Outcome.FAILED), None)


@contextmanager
def _slot() -> Iterator[None]:
    if not _SLOTS.acquire(blocking=False):
        raise Busy
    try:
        yield
    finally:
        _SLOTS.release()


def _run(registry: Registry, by: Actor, login: Login | Kept | None = KEPT) -> list[StageResult]:
    results = run_staged_test(registry, login)
    failed = first_failure(results)
    audit.record(
        AuditEntry.Action.REGISTRY_TESTED,
        by=by,
        on=registry,
        name=registry.name or registry.url,
        changes={
            "url": (None, registry.url),
            "outcome": (None, f"{failed.stage}: {failed.code}" if failed else "ok"),
        },
    )
    return results
