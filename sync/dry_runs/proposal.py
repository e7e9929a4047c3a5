"""Proposed filters and a proposed schedule: the settings that a dry run tries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet

from registries.models import Registry
from sync.models import DryRun

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
    """Return the given settings that differ from the connection's, in their normal form.

    Raise ValidationError naming each wrong field.
    """
    changed = with_proposal(copy(registry), given)
    others = {field.name for field in Registry._meta.get_fields()} - given.keys()
    changed.full_clean(exclude=others, validate_unique=False, validate_constraints=False)
    return {
        name: getattr(changed, name)
        for name in FIELDS
        if name in given and getattr(changed, name) != getattr(registry, name)
    }


def with_proposal(registry: Registry, proposed: Mapping[str, Any]) -> Registry:
    """Set the proposed settings on ``registry``, in memory only. Do not save it."""
    for name in FIELDS:
        if name in proposed:
            setattr(registry, name, proposed[name])
    return registry


def fingerprint(registry: Registry, proposed: Mapping[str, Any]) -> str:
    """Return a hash of everything that a read depends on, credentials included.

    Repositories that pushes add to the known ones do not change it.
    """
    columns = {
        field.name: field.value_from_object(registry)
        for field in Registry._meta.concrete_fields
        if field.editable and field.name not in {"id", "name"}
    }
    if "known_repositories" not in proposed:
        del columns["known_repositories"]
    credential = getattr(registry, "credential", None)
    entered = [str(credential.changed_at)] if credential else []
    text = json.dumps([columns, entered], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()


def visible_dry_runs(*, is_admin: bool) -> QuerySet[DryRun]:
    """Return the dry runs that somebody may see.

    Other filters may reveal names that the connection leaves out on purpose, so dry runs that
    propose settings are for those who may change the filters.
    """
    dry_runs = DryRun.objects.select_related("registry", "requested_by").defer(
        "registry__ca_pem", "registry__known_repositories"
    )
    return dry_runs if is_admin else dry_runs.filter(proposed={})
