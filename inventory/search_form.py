"""What the search can be narrowed by, as it stands in the address."""

from __future__ import annotations

from typing import Any

from django import forms

from inventory.kind import Kind
from inventory.registry_field import RegistryField
from inventory.search import Search
from inventory.search_terms import terms_of

_KINDS = {
    "": "Every kind",
    Kind.IMAGE: "Images",
    Kind.SIGNATURE: "Signatures",
    Kind.ATTESTATION: "Attestations",
    Kind.SBOM: "SBOMs",
    Kind.REFERRERS: "Lists of referrers",
}
_REMOVED = {"": "Present", "true": "Removed", "any": "Either"}


class SearchForm(forms.Form):
    use_required_attribute = False

    q = forms.CharField(max_length=300, required=False)
    registry = RegistryField()
    kind = forms.ChoiceField(choices=list(_KINDS.items()), required=False)
    removed = forms.ChoiceField(choices=list(_REMOVED.items()), required=False, label="State")

    def search(self) -> Search | None:
        """None where a filter is none: then nothing is found, and it is told why."""
        if not self.is_valid():
            return None
        asked: dict[str, Any] = self.cleaned_data
        return Search.of(terms_of(asked["q"]), asked["registry"], asked["kind"], asked["removed"])
