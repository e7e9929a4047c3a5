from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class DeletionForm(forms.Form):
    """Deletes the connection that is named exactly."""

    name = forms.CharField(
        label="Type its name to confirm",
        strip=False,
        widget=forms.TextInput(
            attrs={
                "class": "form-control",
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
                "aria-describedby": "id_name_error",
            }
        ),
    )

    def __init__(self, *args: Any, expected: str) -> None:
        super().__init__(*args)
        self.expected = expected

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.expected:
            raise ValidationError("The name does not match. Nothing was deleted.")
        return name
