"""What is synced and when: the part of a connection that is changed in its place on the page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from registries.forms.connection_form import ConnectionForm
from registries.forms.fields import dress
from registries.models import Registry


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    repository_include = ConnectionForm.base_fields["repository_include"]
    repository_exclude = ConnectionForm.base_fields["repository_exclude"]
    tag_include = ConnectionForm.base_fields["tag_include"]
    tag_exclude = ConnectionForm.base_fields["tag_exclude"]
    known_repositories = ConnectionForm.base_fields["known_repositories"]

    class Meta:
        model = Registry
        fields = (
            *("repository_include", "repository_exclude", "tag_include", "tag_exclude"),
            *("known_repositories", "schedule"),
        )
        help_texts = ConnectionForm.Meta.help_texts

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for bound in self:
            dress(bound)
        first = next((bound for bound in self if bound.errors), self["repository_include"])
        first.field.widget.attrs["autofocus"] = True

    @property
    def wrong(self) -> list[forms.BoundField]:
        return [bound for bound in self if bound.errors]

    @property
    def values(self) -> dict[str, Any]:
        """As the model has put them into their normal form."""
        return {name: getattr(self.instance, name) for name in self._meta.fields or ()}

    def add_error(self, field: str | None, error: Any) -> None:
        """What is wrong elsewhere in the connection has no field here, and is said above them."""
        told = getattr(error, "error_dict", {})
        for name in told.keys() - self.fields.keys() - {NON_FIELD_ERRORS}:
            super().add_error(None, [f"{name}: {message}" for message in told.pop(name)])
        if told or not hasattr(error, "error_dict"):
            super().add_error(field, error)
