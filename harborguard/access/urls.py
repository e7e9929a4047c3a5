from django.urls import path

from harborguard.access.views import account, audit, keys, profile, users

urlpatterns = [
    path("profile", profile.profile, name="profile"),
    path("keys", keys.own_keys, name="keys"),
    path("keys/<int:pk>/revoke", keys.revoke, name="key-revoke"),
    path("users", users.users, name="users"),
    path("users/new", users.create, name="user-create"),
    path("users/<int:pk>", account.account, name="user-detail"),
    path("users/<int:pk>/password", account.new_password, name="user-password"),
    path("users/<int:pk>/delete", account.delete, name="user-delete"),
    path("audit", audit.audit, name="audit"),
]
