"""Form fields of a connection, and what is never sent back to the page."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from registries.forms.lines_field import LinesField
from registries.models import every_name
from registries.validation import normal_realms, validate_realms

_LOGIN_IN_URL = re.compile(r"^(\s*(?:\w+://)?).*@", re.DOTALL)


class IncludeField(LinesField):
    """An include filter; "everything" is shown as an empty field."""

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value([] if value == every_name() else value)


class AddressField(forms.CharField):
    """A URL. Credentials in it are refused and, like a password, not sent back to the page."""

    def prepare_value(self, value: Any) -> Any:
        return _LOGIN_IN_URL.sub(r"\1", value) if isinstance(value, str) else value


class TrustField(forms.MultipleChoiceField):
    """Token servers offered by the page, of which the selected ones are sent."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: str) -> bool:
        return True

    def clean(self, value: Any) -> list[str]:
        realms = super().clean(value)
        validate_realms(realms)
        return normal_realms(realms)


class SecretLines(forms.Textarea):
    """A secret with several lines, such as a key file."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


def secret_widget(*, has_lines: bool) -> forms.Widget:
    if has_lines:
        return SecretLines(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"})
    return forms.PasswordInput(attrs={"autocomplete": "new-password"})


def dress(bound: forms.BoundField) -> None:
    attrs = bound.field.widget.attrs
    attrs["class"] = _css_class(bound.field.widget)
    if not bound.use_fieldset:
        about = [f"{bound.auto_id}_helptext"] if bound.help_text else []
        attrs["aria-describedby"] = " ".join([*about, f"{bound.auto_id}_error"])


def _css_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control secret-lines" if isinstance(widget, SecretLines) else "form-control"
