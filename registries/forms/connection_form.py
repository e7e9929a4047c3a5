"""The connection of a registry as a person fills it in.

Rules are the model's; a form adds how a credential is entered, kept and removed.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from registries.forms.fields import (
    AddressField,
    IncludeField,
    TrustField,
    dress,
    secret_widget,
)
from registries.forms.lines_field import LinesField
from registries.forms.provider_fields import (
    kept_options,
    option_fields,
    option_initials,
    option_name,
    option_values,
)
from registries.models import Registry
from registries.providers import PROVIDERS, detect
from registries.providers.shared.base import Provider
from registries.transport.endpoint import Credential as Login
from registries.transport.origin import Origin
from registries.validation import normal_login, normal_url, sentence

HALF_A_LOGIN = "Enter the password or token that goes with the user name."
_CREDENTIAL = {"username": "username", "secret": "password"}
# As on the page: the first of them that is wrong is where the cursor goes.
_FIRST = ("url", "provider", "name")
_LAST = (
    *("insecure", "ca_pem", "username", "password", "remove_credential", "trust", "distrust"),
    *("schedule", "repository_include", "repository_exclude", "tag_include", "tag_exclude"),
    "known_repositories",
)


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """``is_tried``: to be tested, not saved. Then it needs no name."""

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
    password = forms.CharField(label="Password or token", required=False, strip=False)
    trust = TrustField(
        label="Trusted token servers",
        required=False,
        help_text="The credential may go to them, once this is saved.",
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
            "schedule": "Daily and weekly count from the last successful sync. On push reads only "
            "what the registry tells of: after the first one, no full sync starts by itself.",
        }
        error_messages: ClassVar = {
            "name": {"unique": "Another connection already has this name."},
        }

    def __init__(
        self, data: QueryDict | None = None, *, is_tried: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.is_tried = is_tried
        self.initial = {**option_initials(self.instance.options), **self.initial}
        self.product = self._product()
        self._leave_other_products_options()
        self.fields |= option_fields(self.product)
        self._ask_for_credential()
        self.fields["name"].required = not is_tried
        typed = self["trust"].data if self.is_bound else self.initial.get("trust")
        self.fields["trust"].choices = [(realm, realm) for realm in typed or ()]  # type: ignore[attr-defined]
        self.order_fields([*_FIRST, *option_fields(self.product), *_LAST])
        for bound in self:
            dress(bound)

    @classmethod
    def as_typed(cls, data: QueryDict, **kwargs: Any) -> Self:
        """With what has been typed so far, and no word about what is wrong with it."""
        typed = {bound.name: bound.data for bound in cls(data, **kwargs)}
        return cls(initial=typed, **kwargs)

    @property
    def options(self) -> list[forms.BoundField]:
        return [self[name] for name in option_fields(self.product)]

    @property
    def about_product(self) -> str:
        """How the product was found out, unless it was chosen."""
        if self._typed("provider") or not self._typed("url").strip():
            return ""
        if self.product.hosts:
            return f"Recognised by its address: {self.product.name}."
        return (
            "No product is known by this address, so it is taken for a plain OCI registry. "
            "Choose yours if it is in the list."
        )

    @property
    def credential(self) -> list[forms.BoundField]:
        return [self[_CREDENTIAL[asked.name]] for asked in self.product.credential_fields]

    @property
    def has_lost_password(self) -> bool:
        """Whether one was sent, which no page sends back."""
        return bool(self._typed("password"))

    @property
    def wrong(self) -> list[forms.BoundField]:
        return [bound for bound in self if bound.errors]

    def point_at_what_is_wrong(self) -> None:
        for bound in self.wrong[:1]:
            bound.field.widget.attrs["autofocus"] = True

    def _product(self) -> Provider:
        """Whose fields are shown: that of the choice, or else of the address."""
        chosen = self._typed("provider")
        return PROVIDERS.get(chosen) or PROVIDERS[self._detected()]

    def _detected(self) -> str:
        url = self._typed("url")
        try:
            origin = normal_url(url, insecure=url.strip().lower().startswith("http:"))
        except ValidationError:
            return detect(Origin("https", "", 443))
        return detect(Origin.parse(origin))

    def _typed(self, name: str) -> str:
        return str((self.data if self.is_bound else self.initial).get(name) or "")

    def _leave_other_products_options(self) -> None:
        """Another product may have the same names, such as an address that the credential goes
        to."""
        shown = PROVIDERS.get(self._typed("asked_for"))
        typed = self.data.copy() if isinstance(self.data, QueryDict) else self.initial
        if shown is not None and shown is not self.product:
            for name in option_fields(shown).keys() - kept_options(shown, self.product):
                typed.pop(name, None)
        typed["asked_for"] = self.product.slug
        if isinstance(typed, QueryDict):
            self.data = typed

    def _ask_for_credential(self) -> None:
        """In the product's own words."""
        for asked in self.product.credential_fields:
            field = self.fields[_CREDENTIAL[asked.name]]
            field.label, field.help_text = asked.label, asked.help
            if asked.is_secret:
                field.widget = secret_widget(has_lines=asked.has_lines)

    def validate_unique(self) -> None:
        if not self.is_tried:
            super().validate_unique()

    def clean_provider(self) -> str:
        return self.cleaned_data["provider"] or self.product.slug

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip()

    def clean(self) -> None:
        super().clean()
        if self.login is None:
            return
        try:
            login = normal_login(self.product.slug, self.login)
        except ValidationError as error:
            self.add_error(None, error)
        else:
            self.cleaned_data |= {"username": login.username, "password": login.secret}

    def _post_clean(self) -> None:
        # They go together, also where the choice of the product is wrong.
        self.instance.provider = self.product.slug
        self.instance.options = option_values(self.product, self.cleaned_data)
        super()._post_clean()  # type: ignore[misc]  # a hook of ModelForm that has no stub

    def add_error(self, field: str | None, error: Any) -> None:
        """What is wrong with an option is said at its field: the model says its name first."""
        by_field = getattr(error, "error_dict", {})
        if "trusted_realms" in by_field:
            by_field["trust"] = by_field.pop("trusted_realms")
        wrong = by_field.pop("options", ())
        for message in (message for one in wrong for message in one.messages):
            name, _, why = message.partition(": ")
            shown = option_name(name)
            super().add_error(
                *((shown, sentence(why)) if shown in self.fields else (None, message))
            )
        if not wrong or by_field:
            super().add_error(field, error)

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
