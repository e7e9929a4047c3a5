from django.urls import path

from harborguard.access.api import audit, keys, me, users

urlpatterns = [
    path("me", me.Me.as_view(), name="me"),
    path("keys", keys.KeyList.as_view(), name="keys"),
    path("keys/<int:key_id>", keys.KeyDetail.as_view(), name="key"),
    path("users", users.UserList.as_view(), name="users"),
    path("users/<int:user_id>", users.UserDetail.as_view(), name="user"),
    path("audit", audit.AuditTrail.as_view(), name="audit"),
    path("audit/<int:entry_id>", audit.AuditEntryDetail.as_view(), name="audit-entry"),
]
