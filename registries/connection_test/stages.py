"""Test Connection: check a connection stage by stage. Queues nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from registries.connection import endpoint_of
from registries.errors import (
    CatalogForbidden,
    CredentialUnreadable,
    RealmUntrusted,
    RegistryError,
    Stage,
)
from registries.models import Registry
from registries.providers.shared.base import RegistryClient, TagListing
from registries.rate_limits.exchange import SharedLimits, connected
from registries.services import KEPT, Kept, login_of
from registries.transport.endpoint import Credential as Login
from registries.transport.endpoint import Endpoint
from registries.transport.limits import Limits

_PATIENCE_SECONDS = 20.0
_REPOSITORIES = 5
_LOOKED_FOR_EVERY = 0.05

Found = tuple[Stage, str]


class Outcome(StrEnum):
    OK = "ok"
    FAILED = "failed"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class StageResult:
    """The result of one stage. ``detail`` says what was found, or what went wrong.

    ``untrusted_realm`` is the token server's origin, if trusting it would help.
    """

    stage: Stage
    outcome: Outcome
    detail: str = ""
    code: str = ""
    hint: str = ""
    untrusted_realm: str = ""


def run_staged_test(registry: Registry, login: Login | Kept | None = KEPT) -> Iterator[StageResult]:
    """Yield a result for every stage, in order, as they end. Requests are not retried.

    Given credentials replace the stored ones, so the connection need not be saved.
    """
    stages = iter(Stage)
    try:
        endpoint = endpoint_of(registry, login_of(registry) if isinstance(login, Kept) else login)
    except CredentialUnreadable as error:
        yield from _nothing_asked(error)
        return
    on_the_way = _on_the_way(endpoint)
    failure: RegistryError | None = None
    tried = connected(registry, impatient(endpoint), is_stored=isinstance(login, Kept))
    try:
        for stage, detail in _found(tried, registry, on_the_way):
            next(stages)
            yield StageResult(stage, Outcome.OK, detail)
    except RegistryError as error:
        failure = error
    if failure is not None:
        yield from _rest(list(stages), on_the_way, failure)


def impatient(endpoint: Endpoint) -> Endpoint:
    return replace(endpoint, limits=_impatient(endpoint.limits))


def ping(client: RegistryClient) -> Iterator[None]:
    """Yield once an answer has come, if the rest takes longer; raise what ``ping`` raises.

    Signing in takes several requests, one of which may hang. The thread outlives an iterator that
    is closed early, by as long as that request takes.
    """
    pinged: Future[None] = Future()
    threading.Thread(
        target=_settle, args=(pinged, client), name="registry-ping", daemon=True
    ).start()
    is_told = False
    while not pinged.done():
        with suppress(TimeoutError):
            pinged.exception(timeout=_LOOKED_FOR_EVERY)
        if not is_told and not pinged.done() and client.traffic.bytes_read:
            is_told = True
            yield
    pinged.result()


def _settle(pinged: Future[None], client: RegistryClient) -> None:
    try:
        client.ping()
    except BaseException as error:  # raised again in the consumer
        pinged.set_exception(error)
    else:
        pinged.set_result(None)


def names_to_read(client: RegistryClient, registry: Registry, most: int) -> tuple[list[str], str]:
    """Return the first repository names; or the known ones, with the registry's refusal, where the
    catalog is forbidden."""
    try:
        return list(islice(client.repositories(), most)), ""
    except CatalogForbidden as refusal:
        if not registry.known_repositories:
            raise
        return registry.known_repositories[:most], str(refusal)


def _found(
    tried: AbstractContextManager[tuple[RegistryClient, SharedLimits]],
    registry: Registry,
    on_the_way: dict[Stage, str],
) -> Iterator[Found]:
    """Yield what each passed stage has shown. Raise what stopped the test."""
    with tried as (client, _):
        first = iter(on_the_way.items())
        for _ in ping(client):
            yield from islice(first, 2)
        yield from first
        names, refusal = names_to_read(client, registry, _REPOSITORIES)
        yield Stage.CATALOG, _catalog(names, refusal)
        yield Stage.TAGS, _one_tag_list(client, names)


def _impatient(limits: Limits) -> Limits:
    seconds = min(limits.total_seconds, _PATIENCE_SECONDS)
    return replace(
        limits,
        attempts=1,
        retry_after_seconds=0.0,
        total_seconds=seconds,
        catalog_seconds=seconds,
    )


def _on_the_way(endpoint: Endpoint) -> dict[Stage, str]:
    """Yield what the stages of the first request have shown."""
    is_tls = endpoint.origin.scheme == "https"
    return {
        Stage.ADDRESS: f"{endpoint.origin.netloc} answers",
        Stage.TLS: "certificate trusted" if is_tls else "plain HTTP",
        Stage.API: "speaks the registry API",
        Stage.CREDENTIALS: "accepted" if endpoint.credential else "none needed",
    }


def _catalog(names: list[str], refusal: str) -> str:
    if refusal:
        return f"{refusal}; the known repositories are read instead"
    return f"lists repositories; the first is {names[0]}" if names else "is empty"


def _one_tag_list(client: RegistryClient, names: list[str]) -> str:
    """Return the first tag list that can be read. Raise RegistryError if none can."""
    refusal: RegistryError | None = None
    for listing in client.tags(names):
        if listing.error is None:
            return _tags(listing)
        refusal = listing.error
    if refusal is not None:
        raise refusal
    return "no repository to read tags from"


def _tags(listing: TagListing) -> str:
    count = len(listing.tags)
    summary = f"{listing.repository} has {count} tag{'' if count == 1 else 's'}"
    if not listing.refused_by:
        return summary
    return (
        f"{summary}, read by the registry API with one request per tag, because the product's "
        f"own API refused ({listing.refused_by})"
    )


def _nothing_asked(error: CredentialUnreadable) -> Iterator[StageResult]:
    """Return results for a test that failed before the registry was called."""
    for stage in Stage:
        if stage == error.stage:
            yield StageResult(stage, Outcome.FAILED, str(error), error.code, error.hint)
        else:
            yield StageResult(stage, Outcome.NOT_REACHED)


def _rest(
    stages: list[Stage], details: dict[Stage, str], error: RegistryError
) -> Iterator[StageResult]:
    """Return the remaining results: stages before the one that the error names have passed."""
    failed_at = stages.index(error.stage) if error.stage in stages else 0
    for stage in stages[:failed_at]:
        yield StageResult(stage, Outcome.OK, details.get(stage, ""))
    realm = error.realm if isinstance(error, RealmUntrusted) else ""
    yield StageResult(stages[failed_at], Outcome.FAILED, str(error), error.code, error.hint, realm)
    for stage in stages[failed_at + 1 :]:
        yield StageResult(stage, Outcome.NOT_REACHED)
