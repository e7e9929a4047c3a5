from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.http import QueryDict

from registries.forms.connection_form import HALF_A_LOGIN, ConnectionForm
from registries.models import Credential, Registry
from registries.services import KEPT, Kept, as_stored, is_same_place
from registries.transport.endpoint import Credential as Login

_STAYS_BEHIND = (
    "The stored credentials belong to the saved URL. Enter credentials to test this one, or "
    "select “Remove the stored credentials” to test it anonymously."
)


class ChangeForm(ConnectionForm):
    remove_credential = forms.BooleanField(
        label="Remove the stored credentials", required=False, help_text="Sync anonymously."
    )

    distrust = forms.MultipleChoiceField(
        label="Trusted token servers to remove",
        required=False,
        help_text="The registry's credentials may be sent to them. Add one with Test Connection.",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: QueryDict | None = None, *, instance: Registry, **kwargs: Any) -> None:
        self.trusted = list(instance.trusted_realms)
        self.stored = Credential.objects.filter(registry=instance).first()
        stored_name = self.stored.username if self.stored else ""
        initial = {"username": stored_name} | kwargs.pop("initial", {})
        super().__init__(data, instance=instance, initial=initial, **kwargs)
        self.fields["distrust"].choices = [(realm, realm) for realm in self.trusted]  # type: ignore[attr-defined]

    def clean(self) -> None:
        super().clean()
        if self.login is not None and self.cleaned_data.get("remove_credential"):
            self.add_error("remove_credential", "Either remove the credentials or enter new ones.")
        if both := set(self.cleaned_data.get("trust", ())) & set(self._distrusted):
            self.add_error("distrust", f"Either trust it or remove it: {', '.join(sorted(both))}.")
        if "username" in self.changed_data and not self.touches_credential:
            self._refuse_half_a_login()

    @property
    def touches_credential(self) -> bool:
        return self.login is not None or bool(self.cleaned_data.get("remove_credential"))

    def _refuse_half_a_login(self) -> None:
        if self.cleaned_data.get("username"):
            self.add_error("password", HALF_A_LOGIN)
        else:
            self.add_error(
                "username", "To sync anonymously, select “Remove the stored credentials” below."
            )

    @property
    def login_change(self) -> Login | Kept | None:
        return self.login if self.touches_credential else KEPT

    @property
    def values(self) -> dict[str, Any]:
        return super().values | {"trusted_realms": self._trusted(self.trusted)}

    @property
    def _distrusted(self) -> list[str]:
        distrusted: list[str] = self.cleaned_data.get("distrust", [])
        return distrusted

    def _trusted(self, before: list[str]) -> list[str]:
        kept = [realm for realm in before if realm not in self._distrusted]
        return list(dict.fromkeys([*kept, *self.cleaned_data["trust"]]))

    def draft(self) -> Registry | None:
        """Return the connection as it would be saved, with the stored credentials.

        Return None, with the reason at its field, where the credentials may not be used for it.
        """
        # Read again: since the form was created the connection may have moved elsewhere.
        stored = as_stored(self.instance.pk)
        draft = copy(stored)
        for name, value in self.values.items():
            setattr(draft, name, value)
        draft.name = stored.name  # the name in the audit trail
        if is_same_place(stored, draft):
            draft.trusted_realms = self._trusted(stored.trusted_realms)
            return draft
        draft.trusted_realms = self.cleaned_data["trust"]
        if hasattr(stored, "credential") and not self.touches_credential:
            self.add_error("password", _STAYS_BEHIND)
            return None
        return draft
