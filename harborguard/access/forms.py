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
        help_text="Viewers read, developers also sync and test, admins also change.",
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
    """The form of an account. The rules are those of ``people``, which may refuse what is valid
    here."""

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
    password = _password_field("Leave empty to generate one. It is shown only once.")
    is_for_scripts = forms.BooleanField(
        label="Service account",
        required=False,
        help_text="It cannot sign in and only works with API keys, which are created through "
        "the API.",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("is_for_scripts") and given.get("password"):
            self.add_error("password", "A service account has no password.")
        return given


class UserForm(AccountForm):
    """The form in which admins change an account."""

    role = _role_field()
    is_active = forms.BooleanField(
        label="Active",
        required=False,
        help_text="If off, the user cannot sign in and the keys do not work. Applies immediately.",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


class NewPasswordForm(AccountForm):
    password = _password_field("Leave empty to generate one. It is shown only once.")


class KeyForm(forms.Form):
    """The form of a user's own key. The rules are those of ``keys.create_key``."""

    name = forms.CharField(
        max_length=_NAME_LENGTH,
        help_text="Where it is used, such as ci.",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    role = forms.TypedChoiceField(
        coerce=lambda value: Role(int(value)),
        help_text="Choose the least that it needs.",
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
