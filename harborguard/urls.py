from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from harborguard.views import Login, healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("login", Login.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("", include("inventory.urls")),
    path("", include("sync.urls")),
]
