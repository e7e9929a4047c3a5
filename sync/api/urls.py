from django.urls import path

from sync.api import registries, runs, start

urlpatterns = [
    path("registries", registries.RegistryList.as_view(), name="registries"),
    path("registries/<int:registry_id>", registries.RegistryDetail.as_view(), name="registry"),
    path("registries/<int:registry_id>/sync", start.StartSync.as_view(), name="registry-sync"),
    path("runs/<int:run_id>", runs.RunDetail.as_view(), name="run"),
]
