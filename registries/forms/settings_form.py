"""The filters and the schedule of a connection, edited in place on its page.

Two people may edit them at once. The form knows how the page showed each field: an unchanged field
keeps its current value, and the second of two who change one is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.text import Truncator

from registries.forms.connection_form import ConnectionForm
from registries.forms.fields import dress
from registries.models import Registry

_TOLD_LONGEST = 300


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Filters and schedule. ``is_tried``: nothing is saved, so nobody's change is overwritten."""

    is_tried = False

    repository_include = ConnectionForm.base_fields["repository_include"]
    repository_exclude = ConnectionForm.base_fields["repository_exclude"]
    tag_include = ConnectionForm.base_fields["tag_include"]
    tag_exclude = ConnectionForm.base_fields["tag_exclude"]
    known_repositories = ConnectionForm.base_fields["known_repositories"]
    # A hash of each field as it was shown: the values themselves could make a form too large.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Registry
        fields = (
            *("repository_include", "repository_exclude", "tag_include", "tag_exclude"),
            *("known_repositories", "schedule"),
        )
        help_texts = ConnectionForm.Meta.help_texts

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = self._meta.fields or ()
        self._stored = {name: self._shown(name, getattr(self.instance, name)) for name in names}
        self.initial["seen"] = _marks(self._stored)
        for bound in self:
            dress(bound)
        first = next((bound for bound in self if bound.errors), self["repository_include"])
        first.field.widget.attrs["autofocus"] = True

    @property
    def wrong(self) -> list[forms.BoundField]:
        return [bound for bound in self if bound.errors]

    @property
    def values(self) -> dict[str, Any]:
        """Return the values, normalized by the model."""
        return {name: getattr(self.instance, name) for name in self._meta.fields or ()}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        seen = dict(mark.partition("=")[::2] for mark in self.data.get("seen", "").split())
        left, undone = set(), set()
        for name in self._stored.keys() - self.errors.keys():
            was_shown = seen.get(name, _mark(self._stored[name]))
            mine = self._shown(name, cleaned[name])
            if _mark(mine) == was_shown:
                cleaned[name] = getattr(self.instance, name)
                left.add(name)
            elif mine != self._stored[name] and _mark(self._stored[name]) != was_shown:
                undone.add(name)
        if undone and not self.is_tried:
            self._tell_of(undone, left)
        return cleaned

    def _tell_of(self, undone: set[str], left: set[str]) -> None:
        """Report fields that somebody else has changed too; saving again overwrites them."""
        typed = {name: self[name].data for name in self._stored}
        stored = {name: self._stored[name] for name in left}
        self.data = {**typed, **stored, "seen": _marks(self._stored)}
        for name in undone:
            now = Truncator(", ".join(self._stored[name].splitlines())).chars(_TOLD_LONGEST)
            self.add_error(
                name,
                "Somebody else changed this after the page was loaded: it is now "
                f"{now or 'empty'}. Save again to overwrite it.",
            )

    def _shown(self, name: str, value: Any) -> str:
        return str(self.fields[name].prepare_value(value))

    def add_error(self, field: str | None, error: Any) -> None:
        """Show errors of other fields of the connection above the form."""
        errors_by_field = getattr(error, "error_dict", {})
        for name in errors_by_field.keys() - self.fields.keys() - {NON_FIELD_ERRORS}:
            super().add_error(None, [f"{name}: {message}" for message in errors_by_field.pop(name)])
        if errors_by_field or not hasattr(error, "error_dict"):
            super().add_error(field, error)


def _marks(shown: Mapping[str, str]) -> str:
    return " ".join(f"{name}={_mark(text)}" for name, text in shown.items())


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
