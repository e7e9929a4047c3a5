"""The only writer of connections and credentials.

Credentials belong to the place they were given for. A change of the URL, of plain HTTP, of the CA,
of the provider or of an option that determines where they are sent drops them, so that no edit can
carry them to another host (docs/decisions/0009).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from harborguard.access import audit
from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry
from registries import secrets
from registries.models import Credential, Registry
from registries.transport.endpoint import Credential as Login
from registries.transport.origin import Origin
from registries.validation import KNOWN_MOST, credential_options, normal_login

Action = AuditEntry.Action

# A change of these drops the stored credentials and fences off the live run.
_BINDING = frozenset({"url", "insecure", "ca_pem", "provider"})
_READ_BY_RUNS = _BINDING | {
    "trusted_realms",
    "tag_include",
    "tag_exclude",
    "repository_include",
    "repository_exclude",
    "known_repositories",
    "options",
}

# The actor in the audit trail where pushes add known repositories.
LEARNER = Actor("a push")
_LEADS_ELSEWHERE = "Nothing was trusted: the connection has changed meanwhile. Test it again."


class Kept(Enum):
    """Stands for credentials: keep the stored ones."""

    KEPT = auto()


KEPT = Kept.KEPT


@dataclass(frozen=True, slots=True)
class Change:
    """The result of ``change``: the changed fields, and whether the credentials were dropped."""

    fields: frozenset[str]
    dropped_credential: bool


def keyring() -> secrets.Keyring:
    return secrets.Keyring.parse(settings.CREDENTIAL_KEYS)


@transaction.atomic
def connect(*, by: Actor, login: Login | None = None, **fields: Any) -> Registry:
    """Save a new connection. Raise ValidationError naming each wrong field."""
    registry = Registry(**fields)
    registry.full_clean()
    _save(registry)
    if login is not None:
        _store(registry, login)
    changes = {name: (None, getattr(registry, name)) for name in fields}
    audit.record(
        Action.REGISTRY_CONNECTED, by=by, on=registry, changes=changes | _told(None, login)
    )
    return registry


@transaction.atomic
def change(
    registry_id: int, *, by: Actor, login: Login | Kept | None = KEPT, **fields: Any
) -> Change:
    """Change a connection, and its credentials if given; None forgets them.

    Raise ValidationError naming each wrong field.
    """
    registry = Registry.objects.select_for_update().get(pk=registry_id)
    if fields.get("provider", registry.provider) != registry.provider:
        # Another product may use the same option names, such as for its API's URL.
        fields.setdefault("options", {})
    before = {name: getattr(registry, name) for name in (*fields, "trusted_realms", "options")}
    for name, value in fields.items():
        setattr(registry, name, value)
    registry.full_clean()
    changed = {name for name in fields if getattr(registry, name) != before[name]}
    stored = Credential.objects.filter(registry=registry).first()
    if not changed and (login is KEPT or (login is None and stored is None)):
        return Change(frozenset(), dropped_credential=False)
    dropped = False
    if changed & _BINDING or _leads_elsewhere(registry, before):
        registry.trusted_realms = []
        changed.add("trusted_realms")
        dropped = stored is not None
        Credential.objects.filter(registry=registry).delete()
    if changed:
        _save(registry, changed)
    if not isinstance(login, Kept):
        _store(registry, login)
    if changed & _READ_BY_RUNS or login is not KEPT:
        Registry.objects.filter(pk=registry.pk).fence_off()
    changes = {name: (before[name], getattr(registry, name)) for name in sorted(changed)}
    if dropped or login is not KEPT:
        changes |= _told(stored, None if isinstance(login, Kept) else login)
    audit.record(Action.REGISTRY_CHANGED, by=by, on=registry, changes=changes)
    return Change(frozenset(changed), dropped)


def is_same_place(one: Registry, other: Registry) -> bool:
    """Return whether credentials given for the one may be used for the other."""
    return all(getattr(one, name) == getattr(other, name) for name in _BINDING) and (
        not _leads_elsewhere(one, {"options": other.options})
    )


def as_stored(registry_id: int) -> Registry:
    """Return the row and its credential from one query: two queries might pair a new secret with
    the token servers trusted for the old one."""
    return Registry.objects.select_related("credential").get(pk=registry_id)


def login_of(registry: Registry) -> Login | None:
    """Return the decrypted credentials that were read with the row.

    Raise CredentialUnreadable if their key is missing.
    """
    stored: Credential | None = getattr(registry, "credential", None)
    if stored is None:
        return None
    secret = secrets.unseal(stored.envelope, bound_to=binding(registry), keyring=keyring())
    return Login(stored.username, secret)


@transaction.atomic
def trust_realm(registry: Registry, realm: str, *, by: Actor) -> None:
    """Trust a token server on another host with this registry's credentials (docs/decisions/0008).

    ``registry`` is the connection as the user saw it. Raise ValidationError if it has changed: the
    token server could then be anybody's.
    """
    try:
        origin = str(Origin.parse(realm))
    except ValueError as error:
        raise ValidationError({"trusted_realms": f"Token server: {error}"}) from None
    now = Registry.objects.select_for_update().get(pk=registry.pk)
    if any(getattr(now, name) != getattr(registry, name) for name in (*_BINDING, "options")):
        raise ValidationError({"trusted_realms": _LEADS_ELSEWHERE})
    change(now.pk, by=by, trusted_realms=sorted({*now.trusted_realms, origin}))


def learn_repositories(registry_id: int, names: Iterable[str]) -> None:
    """Add repositories that webhooks named, and that could be read, to the known ones.

    This does not fence off the live run, which has just read them. The number is limited.
    """
    registry = Registry.objects.select_for_update(no_key=True).get(pk=registry_id)
    known = registry.known_repositories
    held = set(known)
    new = [name for name in dict.fromkeys(names) if name not in held]
    new = new[: max(0, KNOWN_MOST - len(known))]
    if not new:
        return
    Registry.objects.filter(pk=registry_id).update(known_repositories=[*known, *new])
    changes = {"known_repositories": (known, [*known, *new])}
    audit.record(Action.REGISTRY_CHANGED, by=LEARNER, on=registry, changes=changes)


@transaction.atomic
def rotate(registry: Registry, *, by: Actor) -> bool:
    """Re-encrypt the credential with the active key; return whether it was on another.

    Raise CredentialUnreadable, and change nothing, if its own key is missing.
    """
    ring = keyring()
    stored = Credential.objects.select_for_update().get(registry=registry)
    sealed_with = secrets.key_id_of(stored.envelope)
    if sealed_with == ring.active:
        return False
    secret = secrets.unseal(stored.envelope, bound_to=binding(registry), keyring=ring)
    stored.envelope = secrets.seal(secret, bound_to=binding(registry), keyring=ring)
    stored.save(update_fields=["envelope"])
    changes = {"credential.key": (sealed_with, ring.active)}
    audit.record(Action.CREDENTIAL_ROTATED, by=by, on=registry, changes=changes)
    return True


def binding(registry: Registry) -> str:
    """Return what an envelope is sealed to: this row, at this place, with these options."""
    place = f"harborguard registry {registry.pk} at {registry.url}"
    leading = credential_options(registry.provider) & registry.options.keys()
    return " ".join([place, *(f"{name}={registry.options[name]}" for name in sorted(leading))])


def _leads_elsewhere(registry: Registry, before: dict[str, Any]) -> bool:
    """Return whether an option changed that determines where the credentials are sent."""
    return any(
        registry.options.get(name) != before["options"].get(name)
        for name in credential_options(registry.provider)
    )


def _save(registry: Registry, fields: Iterable[str] | None = None) -> None:
    """Save. Raise ValidationError for the second of two who choose the same name."""
    try:
        with transaction.atomic():
            registry.save(update_fields=fields)
    except IntegrityError:
        registry.validate_unique()
        raise


def _store(registry: Registry, login: Login | None) -> None:
    """Store credentials, or forget them. Raise ValidationError."""
    if login is None:
        Credential.objects.filter(registry=registry).delete()
        return
    login = normal_login(registry.provider, login)
    envelope = secrets.seal(login.secret, bound_to=binding(registry), keyring=keyring())
    Credential.objects.update_or_create(
        registry=registry, defaults={"username": login.username, "envelope": envelope}
    )


def _told(stored: Credential | None, login: Login | None) -> dict[str, tuple[Any, Any]]:
    """Return what the audit trail shows of credentials: of the secret only whether there is one."""
    if stored is None and login is None:
        return {}
    return {
        "credential.username": (
            stored.username if stored else None,
            login.username if login else None,
        ),
        "credential.secret": (
            audit.MASK if stored else None,
            audit.MASK if login else None,
        ),
    }
