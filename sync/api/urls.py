from django.urls import path

from sync.api import connection_tests, registries, runs, start

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
    path("registries/<int:registry_id>/sync", start.StartSync.as_view(), name="registry-sync"),
    path(
        "registries/<int:registry_id>/confirm-removals",
        start.ConfirmRemovals.as_view(),
        name="registry-confirm-removals",
    ),
    path("registries/<int:registry_id>/runs", runs.RegistryRunList.as_view(), name="registry-runs"),
    path("runs", runs.RunList.as_view(), name="runs"),
    path("runs/<int:run_id>", runs.RunDetail.as_view(), name="run"),
]
