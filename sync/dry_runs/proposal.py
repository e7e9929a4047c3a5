"""Other filters and another schedule for a connection, thought through before they are saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from hashlib import sha256
from typing import Any

from registries.models import Registry

FIELDS = (
    "repository_include",
    "repository_exclude",
    "tag_include",
    "tag_exclude",
    "known_repositories",
    "schedule",
)


def settings_of(registry: Registry) -> dict[str, Any]:
    return {name: getattr(registry, name) for name in FIELDS}


def differing(registry: Registry, given: Mapping[str, Any]) -> dict[str, Any]:
    """What of ``given`` is not as the connection has it, in its normal form.

    Raise ValidationError that names each wrong field.
    """
    thought = with_proposal(copy(registry), given)
    others = {field.name for field in Registry._meta.get_fields()} - given.keys()
    thought.full_clean(exclude=others, validate_unique=False, validate_constraints=False)
    return {
        name: getattr(thought, name)
        for name in FIELDS
        if name in given and getattr(thought, name) != getattr(registry, name)
    }


def with_proposal(registry: Registry, proposed: Mapping[str, Any]) -> Registry:
    """The same connection in memory, as proposed. It is not to be saved."""
    for name in FIELDS:
        if name in proposed:
            setattr(registry, name, proposed[name])
    return registry


def fingerprint(registry: Registry, proposed: Mapping[str, Any]) -> str:
    """Of all that a reading goes by, with the login that was read with the row. Names that pushes
    teach make no other connection of it."""
    columns = {
        field.name: field.value_from_object(registry)
        for field in Registry._meta.concrete_fields
        if field.editable and field.name not in {"id", "name"}
    }
    if "known_repositories" not in proposed:
        del columns["known_repositories"]
    login = getattr(registry, "credential", None)
    entered = [str(login.changed_at)] if login else []
    told = json.dumps([columns, entered], sort_keys=True, default=str)
    return sha256(told.encode()).hexdigest()
