from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from harborguard.access.models import Role, User

_NAME_LENGTH = 100
_LONGEST_PASSWORD = 256


def _role_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        choices=Role.choices,
        coerce=lambda value: Role(int(value)),
        initial=Role.VIEWER,
        help_text="A viewer looks, a developer also syncs and tests, an admin also changes.",
        widget=forms.Select(attrs={"class": "form-select"}),
    )


def _password_field(help_text: str) -> forms.CharField:
    return forms.CharField(
        required=False,
        strip=False,
        max_length=_LONGEST_PASSWORD,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "new-password"}),
    )


class AccountForm(forms.Form):
    """Its rules are those of ``people``, which may refuse what this lets through."""

    def refuse(self, error: ValidationError) -> None:
        for field, reasons in error.message_dict.items():
            self.add_error(field if field in self.fields else None, reasons)


class NewUserForm(AccountForm):
    username = forms.CharField(
        label="User name",
        max_length=150,
        widget=forms.TextInput(
            attrs={"class": "form-control", "autocomplete": "off", "autocapitalize": "none"}
        ),
    )
    role = _role_field()
    password = _password_field("Leave it empty, and one is made and shown to you once.")
    is_for_scripts = forms.BooleanField(
        label="For scripts alone",
        required=False,
        help_text="Nobody signs in with it: a key, made with the API, is the only way in.",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("is_for_scripts") and given.get("password"):
            self.add_error("password", "An account for scripts has none.")
        return given


class UserForm(AccountForm):
    """What an admin changes of somebody else's account."""

    role = _role_field()
    is_active = forms.BooleanField(
        label="Active",
        required=False,
        help_text="Without this they cannot sign in, and their keys open nothing. It counts "
        "at once.",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


class NewPasswordForm(AccountForm):
    password = _password_field("Leave it empty, and one is made and shown to you once.")


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
