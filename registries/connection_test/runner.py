"""Run Test Connection: a few at a time, each recorded in the audit trail."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry
from harborguard.web.slots import CONNECTION_TESTS, Slot
from registries.connection_test.stages import Outcome, StageResult, run_staged_test
from registries.models import Registry
from registries.services import KEPT, Kept, as_stored, trust_realm
from registries.transport.endpoint import Credential as Login
from registries.validation import normal_login

# Closed early where nobody waits for the end.
Results = Generator[StageResult, None, None]


def run_test(registry: Registry, *, by: Actor, login: Login | Kept | None = KEPT) -> Results:
    """Yield the result of each stage as it ends. Raise Busy at once.

    With given credentials the connection is tested as it is in memory, else as it is stored.
    """
    slot = CONNECTION_TESTS.take()
    tested = as_stored(registry.pk) if isinstance(login, Kept) else registry
    return _within(slot, tested, by, login)


def run_test_of_draft(registry: Registry, *, by: Actor) -> Results:
    """Test a stored connection with the fields it has in memory and its stored credentials."""
    return _within(CONNECTION_TESTS.take(), registry, by, KEPT)


def trust_and_test(
    registry: Registry, realm: str, *, by: Actor
) -> tuple[bool, Iterator[StageResult]]:
    """Trust the token server that the registry names at this moment, and test again.

    Return False and the results of the first test if it names another one. Raise Busy, or
    ValidationError if the connection was changed meanwhile.
    """
    slot = CONNECTION_TESTS.take()
    tested = as_stored(registry.pk)
    results = list(_told(tested, by))
    if not realm or realm not in {result.untrusted_realm for result in results}:
        return False, iter(results)
    trust_realm(tested, realm, by=by)
    return True, _within(slot, as_stored(registry.pk), by, KEPT)


def unsaved(*, login: Login | None, **fields: Any) -> Registry:
    """Return a connection that is tested before it is saved; it needs no name.

    Raise ValidationError naming each wrong field.
    """
    registry = Registry(**fields)
    registry.full_clean(exclude=None if registry.name else {"name"}, validate_unique=False)
    if login is not None:
        normal_login(registry.provider, login)
    return registry


def first_failure(results: Sequence[StageResult]) -> StageResult | None:
    return next((result for result in results if result.outcome == Outcome.FAILED), None)


def tell(registry: Registry, outcome: str, *, by: Actor) -> None:
    """Record the outcome in the audit trail, with the token servers that credentials may have
    reached."""
    changes = {"url": (None, registry.url), "outcome": (None, outcome)}
    if registry.trusted_realms:
        changes["trusted_realms"] = (None, registry.trusted_realms)
    audit.record(
        AuditEntry.Action.REGISTRY_TESTED,
        by=by,
        on=registry,
        name=registry.name or registry.url,
        changes=changes,
    )


def _within(slot: Slot, registry: Registry, by: Actor, login: Login | Kept | None) -> Results:
    """Yield the results and free the slot at the end, or when nobody holds the iterator any
    more."""
    try:
        yield from _told(registry, by, login)
    finally:
        slot.release()


def _told(
    registry: Registry, by: Actor, login: Login | Kept | None = KEPT
) -> Iterator[StageResult]:
    """Yield the results and record the test, even if nobody waited for its end."""
    results: list[StageResult] = []
    try:
        for result in run_staged_test(registry, login):
            results.append(result)
            yield result
    except GeneratorExit:
        tell(registry, f"abandoned after {len(results)} stages", by=by)
        raise
    failed = first_failure(results)
    tell(registry, f"{failed.stage}: {failed.code}" if failed else "ok", by=by)
