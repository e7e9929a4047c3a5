"""Queries for the pages of users."""

from __future__ import annotations

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from harborguard.access.keys import Status, with_status
from harborguard.access.models import ApiKey, AuditEntry, User

Action = AuditEntry.Action
_SIGN_INS = (Action.SIGNED_IN, Action.SIGN_IN_FAILED, Action.PASSWORD_CHANGE_FAILED)


def accounts() -> QuerySet[User]:
    """Return accounts with the number of their usable keys as ``key_count``."""
    keys = ApiKey.objects.filter(with_status(Status.ACTIVE), user=OuterRef("pk"))
    counted = keys.order_by().values("user").annotate(count=Count("pk")).values("count")
    return User.objects.annotate(key_count=Coalesce(Subquery(counted), 0)).order_by("username")


def latest_sign_ins(user: User, count: int = 8) -> QuerySet[AuditEntry]:
    """Return the latest sign-ins, failed ones too, so that a stranger's attempts show."""
    of_theirs = AuditEntry.objects.filter(object_type="user", object_id=user.pk)
    return of_theirs.filter(action__in=_SIGN_INS)[:count]
