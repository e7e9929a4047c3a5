from django.urls import path

from inventory.api import events, images, repositories

urlpatterns = [
    path("repositories", repositories.RepositoryList.as_view(), name="repositories"),
    path(
        "repositories/<int:repository_id>",
        repositories.RepositoryDetail.as_view(),
        name="repository",
    ),
    path("images", images.ImageList.as_view(), name="images"),
    path("images/<int:image_id>", images.ImageDetail.as_view(), name="image"),
    path("images/<int:image_id>/history", images.ImageHistory.as_view(), name="image-history"),
    path("events", events.EventFeed.as_view(), name="events"),
    path(
        "registries/<int:registry_id>/events",
        events.RegistryEventFeed.as_view(),
        name="registry-events",
    ),
]
