"""Filters of the inventory pages, parsed from the query string."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from harborguard.web.keyset import parse_id
from inventory.change_log import ChangeLog
from inventory.kind import Kind
from inventory.models import ImageEvent, Repository
from inventory.repository_tags import RepositoryTags
from inventory.search import Search
from inventory.search_terms import parse_terms
from registries.models import Registry

_LARGEST_ID = 2**63 - 1
_KINDS = {
    "": "Any kind",
    Kind.IMAGE: "Images",
    Kind.SIGNATURE: "Signatures",
    Kind.ATTESTATION: "Attestations",
    Kind.SBOM: "SBOMs",
    Kind.REFERRERS: "Lists of referrers",
}
_REMOVED = {"": "Active", "true": "Removed", "any": "Any state"}
_CHANGES = [("", "Any change"), *ImageEvent.Kind.choices]
_TAGS = [("", "Images"), ("companions", "Signatures and attestations"), ("removed", "Removed")]
_TAG_SORTS = [
    ("", "Newest first"),
    ("oldest", "Oldest first"),
    ("tag", "By tag"),
    ("largest", "Largest first"),
    ("smallest", "Smallest first"),
]


class RegistryField(forms.CharField):
    """A registry by its name, a unique part of it, or its id.

    Not a list of choices, since an installation may have a thousand registries.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=100, required=False, **options)

    def clean(self, value: Any) -> Registry | None:
        text = super().clean(value)
        return _registry_of(text) if text else None


class SearchForm(forms.Form):
    use_required_attribute = False

    q = forms.CharField(max_length=300, required=False)
    registry = RegistryField()
    kind = forms.ChoiceField(choices=list(_KINDS.items()), required=False)
    removed = forms.ChoiceField(choices=list(_REMOVED.items()), required=False, label="State")

    def search(self) -> Search | None:
        """Return the search, or None if a filter is invalid; the form's errors say why."""
        if not self.is_valid():
            return None
        query: dict[str, Any] = self.cleaned_data
        return Search.of(
            parse_terms(query["q"]), query["registry"], query["kind"], query["removed"]
        )


class ChangesForm(forms.Form):
    use_required_attribute = False

    registry = RegistryField()
    kind = forms.ChoiceField(choices=_CHANGES, required=False, label="Change")
    since = forms.DateField(required=False, label="From")
    until = forms.DateField(required=False, label="To")
    run = forms.IntegerField(min_value=1, max_value=_LARGEST_ID, required=False)
    repository = forms.IntegerField(min_value=1, max_value=_LARGEST_ID, required=False)

    def clean_repository(self) -> Repository | None:
        pk = self.cleaned_data["repository"]
        if pk is None:
            return None
        found = Repository.objects.select_related("registry").filter(pk=pk).first()
        if found is None:
            raise ValidationError("This repository does not exist.")
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", "Choose a day on or after the first one.")
        return cleaned

    def log(self) -> ChangeLog | None:
        """Return the change log, or None if a filter is invalid; the form's errors say why."""
        return ChangeLog(**self.cleaned_data) if self.is_valid() else None


class TagsForm(forms.Form):
    use_required_attribute = False

    tags_q = forms.CharField(max_length=135, required=False, label="Tag or digest")
    show = forms.ChoiceField(choices=_TAGS, required=False)
    sort = forms.ChoiceField(choices=_TAG_SORTS, required=False, label="Sort")

    def tags(self, repository: Repository) -> RepositoryTags:
        """Return the tags to list; invalid filters are ignored."""
        self.full_clean()
        query = {name: self.cleaned_data.get(name, "") for name in ("show", "sort")}
        return RepositoryTags(repository, self.cleaned_data.get("tags_q", ""), **query)


def _registry_of(text: str) -> Registry:
    named = Registry.objects.filter(name=text).first()
    if named is not None:
        return named
    pk = parse_id(text)
    by_id = None if pk is None else Registry.objects.filter(pk=pk).first()
    if by_id is not None:
        return by_id
    found = list(Registry.objects.filter(name__icontains=text)[:4])
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValidationError("No registry has this in its name.")
    names = ", ".join(registry.name for registry in found[:3])
    others = " and others" if len(found) > 3 else ""
    raise ValidationError(f"Several registries have this in their names: {names}{others}.")
