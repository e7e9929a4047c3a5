"""Form fields for a product's options, made from its provider's declaration."""

from __future__ import annotations

from typing import Any

from django import forms

from registries.forms.lines_field import LinesField
from registries.providers.shared.base import Provider
from registries.providers.shared.options import MAX_VALUE_LENGTH, ConnectionOption


def option_name(name: str) -> str:
    """Return the name of an option's form field."""
    return f"option_{name}"


def option_fields(provider: Provider) -> dict[str, forms.Field]:
    return {option_name(option.name): _field(option) for option in provider.options}


def kept_options(before: Provider, after: Provider) -> set[str]:
    """Return the form fields that keep their content when another product is chosen: never one that
    determines where credentials are sent."""
    known = {option.name: option for option in before.options if not option.leads_credential}
    return {
        option_name(option.name)
        for option in after.options
        if option.name in known and not option.leads_credential and _alike(option, known)
    }


def option_initials(options: dict[str, Any]) -> dict[str, Any]:
    return {option_name(name): value for name, value in options.items()}


def option_values(provider: Provider, cleaned: dict[str, Any]) -> dict[str, Any]:
    """Return the entered options as ``Registry.options`` stores them."""
    return {option.name: cleaned.get(option_name(option.name)) for option in provider.options}


def _alike(option: ConnectionOption, known: dict[str, ConnectionOption]) -> bool:
    other = known[option.name]
    return (option.is_list, option.choices) == (other.is_list, other.choices)


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
    return forms.CharField(max_length=MAX_VALUE_LENGTH, widget=widget, **about)
