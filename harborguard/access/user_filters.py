"""The filters of users, in the API and on their page."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field

from harborguard.access.models import Role
from harborguard.api.filters import FilterSet, TextFilter, TrueFalseFilter, TypedChoiceFilter


class UserFilters(FilterSet):
    role = extend_schema_field({"type": "string", "enum": Role.labels})(
        TypedChoiceFilter(
            choices=[(word, word) for word in Role.labels], coerce=lambda word: Role[word.upper()]
        )
    )
    is_active = TrueFalseFilter()
    search = TextFilter(
        field_name="username",
        lookup_expr="icontains",
        max_length=150,
        help_text="Part of the name.",
    )
