from __future__ import annotations

from typing import Any

from django.http import QueryDict

from registries.forms.connection_form import HALF_A_LOGIN, ConnectionForm
from registries.models import Registry


class ConnectForm(ConnectionForm):
    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        choice = self.fields["provider"]
        choice.required = False
        choice.choices = [("", "Detect from URL"), *choice.choices]  # type: ignore[attr-defined]

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("username") and self.login is None:
            self.add_error("password", HALF_A_LOGIN)

    @property
    def values(self) -> dict[str, Any]:
        return super().values | {"trusted_realms": self.cleaned_data["trust"]}

    def draft(self) -> Registry:
        """Return the connection as it would be saved."""
        draft: Registry = self.instance
        draft.trusted_realms = self.cleaned_data["trust"]
        return draft
