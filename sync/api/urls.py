from django.urls import path

from sync.api import connection_tests, dry_runs, registries, runs, webhooks
from sync.pushes.view import WebhookCall

urlpatterns = [
    path("registries", registries.RegistryList.as_view(), name="registries"),
    path(
        "registries/test-connection",
        connection_tests.UnsavedConnectionTest.as_view(),
        name="connection-test",
    ),
    path("registries/<int:registry_id>", registries.RegistryDetail.as_view(), name="registry"),
    path(
        "registries/<int:registry_id>/test-connection",
        connection_tests.SavedConnectionTest.as_view(),
        name="registry-test",
    ),
    path("registries/<int:registry_id>/sync", runs.StartSync.as_view(), name="registry-sync"),
    path(
        "registries/<int:registry_id>/confirm-removals",
        runs.ConfirmRemovals.as_view(),
        name="registry-confirm-removals",
    ),
    path(
        "registries/<int:registry_id>/webhook",
        webhooks.WebhookDetail.as_view(),
        name="webhook-setup",
    ),
    path(
        "registries/<int:registry_id>/webhook/rotate",
        webhooks.RotateWebhook.as_view(),
        name="webhook-rotate",
    ),
    path(
        "registries/<int:registry_id>/deliveries",
        webhooks.DeliveryList.as_view(),
        name="deliveries",
    ),
    path("registries/<int:registry_id>/runs", runs.RegistryRunList.as_view(), name="registry-runs"),
    path(
        "registries/<int:registry_id>/dry-runs",
        dry_runs.RegistryDryRuns.as_view(),
        name="registry-dry-runs",
    ),
    path("dry-runs/<int:dry_run_id>", dry_runs.DryRunDetail.as_view(), name="dry-run"),
    path(
        "dry-runs/<int:dry_run_id>/changes",
        dry_runs.DryRunChangeList.as_view(),
        name="dry-run-changes",
    ),
    path("webhooks/<slug:provider>/<str:token>", WebhookCall.as_view(), name="webhook"),
    path("runs", runs.RunList.as_view(), name="runs"),
    path("runs/<int:run_id>", runs.RunDetail.as_view(), name="run"),
]
