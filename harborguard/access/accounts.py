"""Accounts as their pages tell of them."""

from __future__ import annotations

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from harborguard.access.keys import Status, with_status
from harborguard.access.models import ApiKey, AuditEntry, User

Action = AuditEntry.Action
_SIGN_INS = (Action.SIGNED_IN, Action.SIGN_IN_FAILED, Action.PASSWORD_CHANGE_FAILED)


def accounts() -> QuerySet[User]:
    """Each with how many of its keys open something, as ``key_count``."""
    keys = ApiKey.objects.filter(with_status(Status.ACTIVE), user=OuterRef("pk"))
    counted = keys.order_by().values("user").annotate(count=Count("pk")).values("count")
    return User.objects.annotate(key_count=Coalesce(Subquery(counted), 0)).order_by("username")


def latest_sign_ins(user: User, count: int = 8) -> QuerySet[AuditEntry]:
    """Those that went well and those that did not: who looks at them sees a stranger's."""
    of_theirs = AuditEntry.objects.filter(object_type="user", object_id=user.pk)
    return of_theirs.filter(action__in=_SIGN_INS)[:count]
