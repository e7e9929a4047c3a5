"""What the changes can be narrowed by, as it stands in the address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from inventory.change_log import ChangeLog
from inventory.models import ImageEvent, Repository
from inventory.registry_field import RegistryField

_LARGEST_ID = 2**63 - 1
_KINDS = [("", "Every change"), *ImageEvent.Kind.choices]


class ChangesForm(forms.Form):
    use_required_attribute = False

    registry = RegistryField()
    kind = forms.ChoiceField(choices=_KINDS, required=False, label="Change")
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    run = forms.IntegerField(min_value=1, max_value=_LARGEST_ID, required=False)
    repository = forms.IntegerField(min_value=1, max_value=_LARGEST_ID, required=False)

    def clean_repository(self) -> Repository | None:
        asked = self.cleaned_data["repository"]
        if asked is None:
            return None
        found = Repository.objects.select_related("registry").filter(pk=asked).first()
        if found is None:
            raise ValidationError("There is no such repository.")
        return found

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or self.cleaned_data
        since, until = asked.get("since"), asked.get("until")
        if since and until and until < since:
            self.add_error("until", "It ends before it begins.")
        return asked

    def log(self) -> ChangeLog | None:
        """None where a filter is none: then nothing is shown, and it is told why."""
        return ChangeLog(**self.cleaned_data) if self.is_valid() else None
