"""The connection form.

The rules are the model's; the form adds how credentials are entered, kept and removed.
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

HALF_A_LOGIN = "Enter the password or token for this user name."
_CREDENTIAL = {"username": "username", "secret": "password"}
# In the order of the page: the first wrong field gets the focus.
_FIRST = ("url", "provider", "name")
_LAST = (
    *("insecure", "ca_pem", "username", "password", "remove_credential", "trust", "distrust"),
    *("schedule", "repository_include", "repository_exclude", "tag_include", "tag_exclude"),
    "known_repositories",
)


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The fields of a connection. ``is_tried``: for a test, which needs no name."""

    provider = forms.ChoiceField(choices=[(slug, known.name) for slug, known in PROVIDERS.items()])
    # The product whose fields are shown: another one has other fields.
    asked_for = forms.CharField(required=False, widget=forms.HiddenInput)
    tag_include = IncludeField(
        label="Include tags",
        required=False,
        help_text="Patterns such as v1.*, one per line. Empty matches every tag.",
    )
    tag_exclude = LinesField(
        label="Exclude tags", required=False, help_text="Such as *-rc*. Wins over include."
    )
    repository_include = IncludeField(
        label="Include repositories",
        required=False,
        help_text="Patterns such as team/*, one per line. Empty matches every repository.",
    )
    repository_exclude = LinesField(
        label="Exclude repositories",
        required=False,
        help_text="Such as sandbox/*. Wins over include.",
    )
    known_repositories = LinesField(
        label="Known repositories",
        required=False,
        help_text="Repository names, one per line. Read if the registry refuses to list its "
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
        help_text="The registry's credentials may be sent to them once this is saved.",
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
            "insecure": "For a registry without TLS. Credentials are then sent unencrypted.",
            "ca_pem": "For a registry with a private CA: the CA's certificate.",
            "schedule": "Daily and weekly count from the last successful sync. On push only "
            "reads what webhooks report: after the first one, no full sync "
            "starts automatically.",
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
        """Return a form with what has been entered so far, without errors."""
        typed = {bound.name: bound.data for bound in cls(data, **kwargs)}
        return cls(initial=typed, **kwargs)

    @property
    def options(self) -> list[forms.BoundField]:
        return [self[name] for name in option_fields(self.product)]

    @property
    def about_product(self) -> str:
        """Return how the product was detected, or "" if it was chosen."""
        if self._typed("provider") or not self._typed("url").strip():
            return ""
        if self.product.hosts:
            return f"Detected from the URL: {self.product.name}."
        return "Product not recognized; using the generic OCI API. Choose another if you know it."

    @property
    def credential(self) -> list[forms.BoundField]:
        return [self[_CREDENTIAL[asked.name]] for asked in self.product.credential_fields]

    @property
    def has_lost_password(self) -> bool:
        """Return whether a password was sent, which no page sends back."""
        return bool(self._typed("password"))

    @property
    def wrong(self) -> list[forms.BoundField]:
        return [bound for bound in self if bound.errors]

    def point_at_what_is_wrong(self) -> None:
        for bound in self.wrong[:1]:
            bound.field.widget.attrs["autofocus"] = True

    def _product(self) -> Provider:
        """Return the product whose fields are shown: the chosen one, or that of the URL."""
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
        """Drop other products' options: another product may use the same names, such as for where
        credentials are sent."""
        shown = PROVIDERS.get(self._typed("asked_for"))
        typed = self.data.copy() if isinstance(self.data, QueryDict) else self.initial
        if shown is not None and shown is not self.product:
            for name in option_fields(shown).keys() - kept_options(shown, self.product):
                typed.pop(name, None)
        typed["asked_for"] = self.product.slug
        if isinstance(typed, QueryDict):
            self.data = typed

    def _ask_for_credential(self) -> None:
        """Label the credential fields with the product's own terms."""
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
        # Checked together, even if the chosen product is invalid.
        self.instance.provider = self.product.slug
        self.instance.options = option_values(self.product, self.cleaned_data)
        super()._post_clean()  # type: ignore[misc]  # a hook of ModelForm that has no stub

    def add_error(self, field: str | None, error: Any) -> None:
        """Show an option's error at its field: the model puts the option's name first."""
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
        """Return the entered credentials, or None without a password."""
        password = self.cleaned_data.get("password")
        return Login(self.cleaned_data.get("username", ""), password) if password else None

    @property
    def values(self) -> dict[str, Any]:
        """Return the connection's fields, normalized by the model."""
        names = (*(self._meta.fields or ()), "options")
        return {name: getattr(self.instance, name) for name in names}
