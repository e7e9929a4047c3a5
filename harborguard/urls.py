from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from harborguard.views import AdminLogin, Login, PasswordChange, healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("login", Login.as_view(), name="login"),
    path("logout", login_not_required(LogoutView.as_view()), name="logout"),
    path("password", PasswordChange.as_view(), name="password"),
    path("admin/login/", AdminLogin.as_view()),
    path("admin/", admin.site.urls),
    path("", include("inventory.urls")),
    path("", include("sync.urls")),
]
