from django.urls import path

from inventory.views import changes, exports, image, repository, search

_CSV, _JSON = {"form": "csv"}, {"form": "json"}

urlpatterns = [
    path("inventory", search.inventory, name="inventory"),
    path("inventory/export.csv", exports.inventory_export, _CSV, name="inventory-csv"),
    path("inventory/export.json", exports.inventory_export, _JSON, name="inventory-json"),
    path("images/<int:pk>", image.image_detail, name="image-detail"),
    path("repositories/<int:pk>", repository.repository_detail, name="repository-detail"),
    path(
        "repositories/<int:pk>/export.csv",
        exports.repository_export,
        _CSV,
        name="repository-csv",
    ),
    path(
        "repositories/<int:pk>/export.json",
        exports.repository_export,
        _JSON,
        name="repository-json",
    ),
    path("changes", changes.changes, name="changes"),
    path("changes/export.csv", exports.changes_export, _CSV, name="changes-csv"),
    path("changes/export.json", exports.changes_export, _JSON, name="changes-json"),
    path("registries/<int:pk>/changes", changes.registry_changes, name="registry-changes"),
]
