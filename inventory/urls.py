from django.urls import path

from inventory import views

urlpatterns = [
    path("repositories/<int:pk>", views.repository_detail, name="repository-detail"),
    path("registries/<int:pk>/changes", views.registry_changes, name="registry-changes"),
]
