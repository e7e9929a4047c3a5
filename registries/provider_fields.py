"""Form fields for what a product asks for, made from its provider's declaration."""

from __future__ import annotations

from typing import Any

from django import forms

from registries.lines_field import LinesField
from registries.providers.base import Provider
from registries.providers.options import VALUE_LONGEST, ConnectionOption


def option_name(name: str) -> str:
    """The form field of an option."""
    return f"option_{name}"


def option_fields(provider: Provider) -> dict[str, forms.Field]:
    return {option_name(option.name): _field(option) for option in provider.options}


def option_initials(options: dict[str, Any]) -> dict[str, Any]:
    return {option_name(name): value for name, value in options.items()}


def option_values(provider: Provider, cleaned: dict[str, Any]) -> dict[str, Any]:
    """What was entered, as ``Registry.options`` takes it."""
    return {option.name: cleaned.get(option_name(option.name)) for option in provider.options}


def _field(option: ConnectionOption) -> forms.Field:
    about: dict[str, Any] = {
        "label": option.label,
        "help_text": option.help,
        "required": option.is_required,
    }
    if option.choices:
        return forms.ChoiceField(choices=option.choices, **about)
    if option.is_list:
        return LinesField(**about)
    attributes = {"autocomplete": "off", "spellcheck": "false"}
    widget = forms.TextInput(attrs=attributes)
    return forms.CharField(max_length=VALUE_LONGEST, widget=widget, **about)
