"""The connection of a registry as a person fills it in.

Rules are the model's; a form adds how a credential is entered, kept and removed.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from registries.lines_field import LinesField
from registries.models import Credential, Registry, every_name
from registries.provider_fields import option_fields, option_initials, option_name, option_values
from registries.providers import PROVIDERS, detect
from registries.providers.base import Provider
from registries.services import KEPT, Kept
from registries.transport.endpoint import Credential as Login
from registries.transport.origin import Origin
from registries.validation import normal_url

_LOGIN_IN_URL = re.compile(r"^(\s*(?:\w+://)?).*@", re.DOTALL)
_HALF_A_LOGIN = "Enter the password or token that goes with the user name."


class IncludeField(LinesField):
    """Everything is shown as it is entered: by leaving the field empty."""

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value([] if value == every_name() else value)


class AddressField(forms.CharField):
    """A login inside the URL is refused, and like a password it is not sent back to the page."""

    def prepare_value(self, value: Any) -> Any:
        return _LOGIN_IN_URL.sub(r"\1", value) if isinstance(value, str) else value


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    provider = forms.ChoiceField(choices=[(slug, known.name) for slug, known in PROVIDERS.items()])
    # Of which product the fields were shown: another one asks for others.
    asked_for = forms.CharField(required=False, widget=forms.HiddenInput)
    tag_include = IncludeField(
        label="Include tags",
        required=False,
        help_text="Globs such as v1.*, one a line. Empty takes every tag.",
    )
    tag_exclude = LinesField(
        label="Exclude tags", required=False, help_text="Such as *-rc*. Wins over include."
    )
    repository_include = IncludeField(
        label="Include repositories",
        required=False,
        help_text="Globs such as team/*, one a line. Empty takes every repository.",
    )
    repository_exclude = LinesField(
        label="Exclude repositories",
        required=False,
        help_text="Such as sandbox/*. Wins over include.",
    )
    known_repositories = LinesField(
        label="Known repositories",
        required=False,
        help_text="Names, one a line. They are read where the registry does not let us list its "
        "catalog.",
    )
    username = forms.CharField(
        label="User name",
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="Password or token",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Registry
        fields = (
            "name",
            "url",
            "provider",
            "insecure",
            "ca_pem",
            "schedule",
            "tag_include",
            "tag_exclude",
            "repository_include",
            "repository_exclude",
            "known_repositories",
        )
        field_classes: ClassVar = {"url": AddressField}
        widgets: ClassVar = {
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
            "url": forms.TextInput(
                attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}
            ),
            "ca_pem": forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        }
        help_texts: ClassVar = {
            "insecure": "For a registry without TLS. The credential then travels unencrypted.",
            "ca_pem": "Only for a registry behind a private CA: the CA's certificate.",
            "schedule": "Daily and weekly count from the last successful sync.",
        }
        error_messages: ClassVar = {
            "name": {"unique": "Another connection already has this name."},
        }

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.initial.update(option_initials(self.instance.options))
        self.product = self._product()
        self.fields |= option_fields(self.product)
        self._word_credential()
        self.initial["asked_for"] = self.product.slug
        for bound in self:
            bound.field.widget.attrs["class"] = _css_class(bound.field.widget)

    @property
    def options(self) -> list[forms.BoundField]:
        return [self[name] for name in option_fields(self.product)]

    def _product(self) -> Provider:
        """Whose fields are shown: that of the choice, or else of the address."""
        chosen = self.data.get("provider") or self.initial.get("provider") or ""
        return PROVIDERS.get(chosen) or PROVIDERS[self._detected()]

    def _detected(self) -> str:
        url = self.data.get("url") or self.initial.get("url") or ""
        try:
            origin = normal_url(url, insecure=url.strip().lower().startswith("http:"))
        except ValidationError:
            return detect(Origin("https", "", 443))
        return detect(Origin.parse(origin))

    def _word_credential(self) -> None:
        """In the product's own words."""
        names = {"username": "username", "secret": "password"}
        for asked in self.product.credential_fields:
            field = self.fields[names[asked.name]]
            field.label, field.help_text = asked.label, asked.help

    def clean_provider(self) -> str:
        return self.cleaned_data["provider"] or self.product.slug

    def clean(self) -> None:
        super().clean()
        shown = self.cleaned_data.get("asked_for")
        if shown and shown != self.product.slug and self.product.options:
            self._show_its_own_options()
            self.add_error(
                "provider", f"{self.product.name} asks for more: see its fields below, and save."
            )

    def _show_its_own_options(self) -> None:
        """Whatever was sent: another product's may have the same names, such as an address."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        for name in option_fields(self.product):
            data.pop(name, None)
        data["asked_for"] = self.product.slug
        self.data = data

    def _post_clean(self) -> None:
        # They go together, also where the choice of the product is wrong.
        self.instance.provider = self.product.slug
        self.instance.options = option_values(self.product, self.cleaned_data)
        super()._post_clean()  # type: ignore[misc]  # a hook of ModelForm that has no stub

    def add_error(self, field: str | None, error: Any) -> None:
        """What is wrong with an option is said at its field: the model says its name first."""
        wrong = getattr(error, "error_dict", {}).pop("options", ())
        for message in (message for one in wrong for message in one.messages):
            name, _, why = message.partition(": ")
            shown = option_name(name)
            super().add_error(*((shown, why) if shown in self.fields else (None, message)))
        if not wrong or error.error_dict:
            super().add_error(field, error)

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip()

    @property
    def login(self) -> Login | None:
        """The login as entered; None where no password was."""
        password = self.cleaned_data.get("password")
        return Login(self.cleaned_data.get("username", ""), password) if password else None

    @property
    def values(self) -> dict[str, Any]:
        """The connection's own fields, as the model has put them into their normal form."""
        names = (*(self._meta.fields or ()), "options")
        return {name: getattr(self.instance, name) for name in names}


class ConnectForm(ConnectionForm):
    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        choice = self.fields["provider"]
        choice.required = False
        choice.choices = [("", "known from the address"), *choice.choices]  # type: ignore[attr-defined]

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("username") and self.login is None:
            self.add_error("password", _HALF_A_LOGIN)


class ChangeForm(ConnectionForm):
    remove_credential = forms.BooleanField(
        label="Remove the stored credential", required=False, help_text="Sync anonymously."
    )

    distrust = forms.MultipleChoiceField(
        label="Trusted token servers: no longer trust",
        required=False,
        help_text="The credential may go to them. They are trusted with Test connection.",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, instance: Registry) -> None:
        self.trusted = list(instance.trusted_realms)
        self.stored = Credential.objects.filter(registry=instance).first()
        stored_name = self.stored.username if self.stored else ""
        super().__init__(data, instance=instance, initial={"username": stored_name})
        self.fields["distrust"].choices = [(realm, realm) for realm in self.trusted]  # type: ignore[attr-defined]

    def clean(self) -> None:
        super().clean()
        if self.login is not None and self.cleaned_data.get("remove_credential"):
            self.add_error("remove_credential", "Either remove the credential or enter a new one.")
        if "username" in self.changed_data and not self.touches_credential:
            self._refuse_half_a_login()

    @property
    def touches_credential(self) -> bool:
        return self.login is not None or bool(self.cleaned_data.get("remove_credential"))

    def _refuse_half_a_login(self) -> None:
        if self.cleaned_data.get("username"):
            self.add_error("password", _HALF_A_LOGIN)
        else:
            self.add_error(
                "username", "To sync anonymously, tick “Remove the stored credential” below."
            )

    @property
    def login_change(self) -> Login | Kept | None:
        return self.login if self.touches_credential else KEPT

    @property
    def values(self) -> dict[str, Any]:
        distrusted = self.cleaned_data["distrust"]
        kept = [realm for realm in self.trusted if realm not in distrusted]
        return super().values | {"trusted_realms": kept}


def _css_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"
