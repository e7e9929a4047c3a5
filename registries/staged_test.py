"""Test Connection: how far a connection gets, stage by stage (decision 20). Queues nothing."""

from __future__ import annotations

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
from registries.limiting import connected
from registries.models import Registry
from registries.providers.base import RegistryClient
from registries.services import KEPT, Kept, login_of
from registries.transport.endpoint import Credential as Login
from registries.transport.endpoint import Endpoint
from registries.transport.limits import Limits

_PATIENCE_SECONDS = 20.0


class Outcome(StrEnum):
    OK = "ok"
    FAILED = "failed"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class StageResult:
    """One stage. ``detail`` says what was found, or what went wrong.

    ``untrusted_realm`` is the token server's origin where trusting it is what is missing.
    """

    stage: Stage
    outcome: Outcome
    detail: str = ""
    code: str = ""
    hint: str = ""
    untrusted_realm: str = ""


def run_staged_test(registry: Registry, login: Login | Kept | None = KEPT) -> list[StageResult]:
    """A result for every stage, in order. Each request is tried once, while somebody waits.

    A login that is given stands in for the stored one: so a connection need not be saved.
    """
    try:
        endpoint = endpoint_of(registry, login_of(registry) if isinstance(login, Kept) else login)
    except CredentialUnreadable as error:
        return _nothing_asked(error)
    found: dict[Stage, str] = {}
    on_the_way = _on_the_way(endpoint)
    try:
        impatient = replace(endpoint, limits=_impatient(endpoint.limits))
        with connected(registry, impatient) as (client, _):
            client.ping()
            found |= on_the_way
            names = _catalog(client, registry, found)
            found[Stage.TAGS] = _one_tag_list(client, names)
    except RegistryError as error:
        return _results(found, on_the_way | found, error)
    return _results(found, found, None)


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
    """What each stage of the first request has shown once it is passed."""
    is_tls = endpoint.origin.scheme == "https"
    return {
        Stage.ADDRESS: f"{endpoint.origin.netloc} answers",
        Stage.TLS: "certificate trusted" if is_tls else "plain HTTP",
        Stage.API: "speaks the registry API",
        Stage.CREDENTIALS: "accepted" if endpoint.credential else "none needed",
    }


def _catalog(client: RegistryClient, registry: Registry, found: dict[Stage, str]) -> list[str]:
    """The first repository names; the known ones where the catalog itself is forbidden."""
    try:
        names = list(islice(client.repositories(), 5))
    except CatalogForbidden as refusal:
        if not registry.known_repositories:
            raise
        found[Stage.CATALOG] = f"{refusal}; the known repositories are read instead"
        return list(registry.known_repositories)[:5]
    found[Stage.CATALOG] = f"lists repositories, {names[0]} first" if names else "is empty"
    return names


def _one_tag_list(client: RegistryClient, names: list[str]) -> str:
    """Raise what kept the tags from being read, if not one of the repositories could be."""
    refusal: RegistryError | None = None
    for listing in client.tags(names):
        if listing.error is None:
            count = len(listing.tags)
            return f"{listing.repository} has {count} tag{'' if count == 1 else 's'}"
        refusal = listing.error
    if refusal is not None:
        raise refusal
    return "no repository to read tags of"


def _nothing_asked(error: CredentialUnreadable) -> list[StageResult]:
    """It failed here, before the registry was called."""
    failed = StageResult(error.stage, Outcome.FAILED, str(error), error.code, error.hint)
    return [
        failed if stage == error.stage else StageResult(stage, Outcome.NOT_REACHED)
        for stage in Stage
    ]


def _results(
    found: dict[Stage, str], details: dict[Stage, str], error: RegistryError | None
) -> list[StageResult]:
    """Stages before the failed one passed, whether or not they were spelled out."""
    stages = list(Stage)
    failed_at = len(stages)
    if error is not None:
        failed_at = max(stages.index(error.stage), len(found))
    results = [
        StageResult(stage, Outcome.OK, details.get(stage, "")) for stage in stages[:failed_at]
    ]
    if error is not None:
        realm = error.realm if isinstance(error, RealmUntrusted) else ""
        failed = StageResult(
            stages[failed_at], Outcome.FAILED, str(error), error.code, error.hint, realm
        )
        results.append(failed)
    results += [StageResult(stage, Outcome.NOT_REACHED) for stage in stages[failed_at + 1 :]]
    return results
