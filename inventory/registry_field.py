"""A registry, as people name it: whole or in part, or by its id, as links do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from registries.models import Registry

_ID_DIGITS = 18


class RegistryField(forms.CharField):
    """No list of choices: there may be a thousand."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=100, required=False, **options)

    def clean(self, value: Any) -> Registry | None:
        text = super().clean(value)
        return _registry_of(text) if text else None


def _registry_of(text: str) -> Registry:
    named = Registry.objects.filter(name=text).first()
    if named is not None:
        return named
    if text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS:
        by_id = Registry.objects.filter(pk=int(text)).first()
        if by_id is not None:
            return by_id
    found = list(Registry.objects.filter(name__icontains=text)[:4])
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValidationError("No registry has that in its name.")
    names = ", ".join(registry.name for registry in found[:3])
    others = " and others" if len(found) > 3 else ""
    raise ValidationError(f"More than one registry has that in its name: {names}{others}.")
