"""How the tags of a repository are listed, as it stands in the address."""

from __future__ import annotations

from django import forms

from inventory.models import Repository
from inventory.repository_tags import RepositoryTags

_SHOWN = [("", "Images"), ("companions", "Signatures and the like"), ("removed", "Removed")]
_SORTS = [
    ("", "Newest first"),
    ("oldest", "Oldest first"),
    ("tag", "By tag"),
    ("largest", "Largest first"),
    ("smallest", "Smallest first"),
]


class TagsForm(forms.Form):
    use_required_attribute = False

    tags_q = forms.CharField(max_length=135, required=False, label="Tag or digest")
    show = forms.ChoiceField(choices=_SHOWN, required=False)
    sort = forms.ChoiceField(choices=_SORTS, required=False, label="Order")

    def tags(self, repository: Repository) -> RepositoryTags:
        """What is nonsense is left out."""
        self.full_clean()
        asked = {name: self.cleaned_data.get(name, "") for name in ("show", "sort")}
        return RepositoryTags(repository, self.cleaned_data.get("tags_q", ""), **asked)
