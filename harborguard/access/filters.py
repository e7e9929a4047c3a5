"""The filters of the audit trail and of users, in the API and on their pages."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field

from harborguard.access.models import AuditEntry, Role, User
from harborguard.api.filters import (
    ChoiceFilter,
    FilterSet,
    IdFilter,
    InstantFilter,
    TextFilter,
    TrueFalseFilter,
    TypedChoiceFilter,
)


class AuditFilters(FilterSet):
    action = ChoiceFilter(choices=[(a, a) for a in AuditEntry.Action.values])
    user = TextFilter(
        method="filter_user",
        max_length=200,
        help_text="A user name: what they did, on pages and with keys.",
    )
    object_type = TextFilter(max_length=40, help_text="Such as `registry`.")
    object_id = IdFilter()
    since = InstantFilter("at", "gte", help_text="At or after this time.")
    until = InstantFilter("at", "lt", help_text="Before this time.")
    search = TextFilter(
        method="filter_search",
        max_length=200,
        help_text="Part of a name, of the actor or the object.",
    )

    def filter_user(self, entries: QuerySet[AuditEntry], _: str, name: str) -> QuerySet[AuditEntry]:
        """Filter by user: by id for what they did under earlier names, by name for its earlier
        users."""
        user = User.objects.filter(username=name).values_list("pk", flat=True).first()
        by_name = Q(actor=name)
        return entries.filter(by_name | Q(user_id=user) if user else by_name)

    def filter_search(
        self, entries: QuerySet[AuditEntry], _: str, text: str
    ) -> QuerySet[AuditEntry]:
        return entries.filter(Q(actor__icontains=text) | Q(object_name__icontains=text))


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
