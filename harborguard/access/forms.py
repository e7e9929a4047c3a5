from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from harborguard.access.models import Role, User

_NAME_LENGTH = 100


class KeyForm(forms.Form):
    """A key of one's own. Its rules are those of ``keys.create_key``."""

    name = forms.CharField(
        max_length=_NAME_LENGTH,
        help_text="Where it is used, such as ci.",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    role = forms.TypedChoiceField(
        coerce=lambda value: Role(int(value)),
        help_text="What it may do: as little as it needs.",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    lifetime = forms.TypedChoiceField(
        label="Expires",
        choices=[(30, "in 30 days"), (90, "in 90 days"), (365, "in a year"), ("", "never")],
        coerce=lambda days: timedelta(days=int(days)),
        empty_value=None,
        required=False,
        initial=90,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]  # a field of choices
            (role.value, role.label) for role in Role if role <= user.role
        ]

    @property
    def expires_at(self) -> datetime | None:
        lifetime = self.cleaned_data["lifetime"]
        return timezone.now() + lifetime if lifetime else None
