from django.urls import path

from sync.views import (
    connection,
    connection_test,
    pushes,
    registry_detail,
    registry_list,
    runs,
    start,
)

urlpatterns = [
    path("", registry_list.registry_list, name="registry-list"),
    path("registries/connect", connection.connect, name="registry-connect"),
    path("registries/<int:pk>", registry_detail.registry_detail, name="registry-detail"),
    path("registries/<int:pk>/status", registry_detail.registry_status, name="registry-status"),
    path("registries/<int:pk>/edit", connection.edit, name="registry-edit"),
    path("registries/<int:pk>/delete", connection.delete, name="registry-delete"),
    path("registries/<int:pk>/sync", start.sync_now, name="registry-sync"),
    path(
        "registries/<int:pk>/confirm-removals",
        start.confirm_removals,
        name="registry-confirm-removals",
    ),
    path("registries/<int:pk>/test", connection_test.test_connection, name="registry-test"),
    path("registries/<int:pk>/trust", connection_test.trust_and_test, name="registry-trust"),
    path("registries/<int:pk>/deliveries", pushes.delivery_list, name="delivery-list"),
    path(
        "registries/<int:pk>/webhook/rotate", pushes.rotate_webhook, name="registry-webhook-rotate"
    ),
    path(
        "registries/<int:pk>/webhook/verification",
        pushes.choose_verification,
        name="registry-webhook-verification",
    ),
    path("registries/<int:pk>/runs", runs.run_list, name="run-list"),
    path("runs/<int:pk>", runs.run_detail, name="run-detail"),
]
