from django.urls import path

from sync.views import (
    connection,
    connection_form,
    connection_settings,
    connection_test,
    deletion,
    dry_runs,
    held_removals,
    overview,
    pushes,
    registry_detail,
    registry_list,
    runs,
    unsaved_connection,
)

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("registries", registry_list.registry_list, name="registry-list"),
    path("registries/connect", connection.connect, name="registry-connect"),
    path("registries/connect/fields", connection_form.show_fields, name="registry-connect-fields"),
    path(
        "registries/connect/test", unsaved_connection.try_connection, name="registry-connect-test"
    ),
    path(
        "registries/connect/preview",
        unsaved_connection.preview_filters,
        name="registry-connect-preview",
    ),
    path("registries/<int:pk>", registry_detail.registry_detail, name="registry-detail"),
    path("registries/<int:pk>/status", registry_detail.registry_status, name="registry-status"),
    path("registries/<int:pk>/edit", connection.edit, name="registry-edit"),
    path(
        "registries/<int:pk>/edit/fields", connection_form.show_fields, name="registry-edit-fields"
    ),
    path(
        "registries/<int:pk>/edit/test",
        unsaved_connection.try_connection,
        name="registry-edit-test",
    ),
    path(
        "registries/<int:pk>/edit/preview",
        unsaved_connection.preview_filters,
        name="registry-edit-preview",
    ),
    path(
        "registries/<int:pk>/settings",
        connection_settings.connection_settings,
        name="registry-settings",
    ),
    path("registries/<int:pk>/delete", deletion.delete, name="registry-delete"),
    path(
        "registries/<int:pk>/credential/remove",
        deletion.remove_credential,
        name="registry-credential-remove",
    ),
    path("registries/<int:pk>/realms/remove", deletion.remove_realm, name="registry-realm-remove"),
    path("registries/<int:pk>/sync", runs.sync_now, name="registry-sync"),
    path("registries/<int:pk>/dry-run", dry_runs.start, name="registry-dry-run"),
    path("registries/<int:pk>/dry-runs", dry_runs.dry_run_list, name="dry-run-list"),
    path("dry-runs/<int:pk>", dry_runs.dry_run, name="dry-run"),
    path("dry-runs/<int:pk>/delete", dry_runs.delete, name="dry-run-delete"),
    path("dry-runs/<int:pk>/apply", dry_runs.apply, name="dry-run-apply"),
    path("registries/<int:pk>/held", held_removals.held_removals, name="registry-held"),
    path(
        "registries/<int:pk>/confirm-removals",
        runs.confirm_removals,
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
