from django.urls import path

from harborguard.access.views import audit, keys

urlpatterns = [
    path("keys", keys.own_keys, name="keys"),
    path("keys/<int:pk>/revoke", keys.revoke, name="key-revoke"),
    path("audit", audit.audit, name="audit"),
]
