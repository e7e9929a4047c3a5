"""What the audit trail can be searched for, in the API and on its page."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from harborguard.access.models import AuditEntry, User
from harborguard.api.filters import FilterSet, IdFilter, InstantFilter


class AuditFilters(FilterSet):
    action = django_filters.ChoiceFilter(choices=[(a, a) for a in AuditEntry.Action.values])
    user = django_filters.CharFilter(
        method="filter_user", max_length=200, label="A name: what they did, by page and by key."
    )
    object_type = django_filters.CharFilter(max_length=40, label="Such as `registry`.")
    object_id = IdFilter()
    since = InstantFilter("at", "gte", label="From this moment on.")
    until = InstantFilter("at", "lt", label="Before this moment.")
    search = django_filters.CharFilter(
        method="filter_search",
        max_length=200,
        label="Part of a name: who, or on what.",
    )

    def filter_user(self, entries: QuerySet[AuditEntry], _: str, name: str) -> QuerySet[AuditEntry]:
        """By the id where there is such a user: that has an index, and outlasts a new name."""
        user = User.objects.filter(username=name).values_list("pk", flat=True).first()
        return entries.filter(user_id=user) if user else entries.filter(actor=name)

    def filter_search(
        self, entries: QuerySet[AuditEntry], _: str, text: str
    ) -> QuerySet[AuditEntry]:
        return entries.filter(Q(actor__icontains=text) | Q(object_name__icontains=text))
