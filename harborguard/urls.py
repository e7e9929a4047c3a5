from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from harborguard.api.document import Docs, Document
from harborguard.api.nothing import Nothing
from harborguard.ops.metrics.view import Metrics
from harborguard.ops.readiness.view import readyz
from harborguard.web.help import help_index, help_page
from harborguard.web.theme import choose_theme
from harborguard.web.views import AdminLogin, AdminPassword, Login, Logout, PasswordChange, healthz

api: list[URLPattern | URLResolver] = [
    path("openapi.json", Document.as_view(), name="openapi"),
    path("docs", Docs.as_view(), name="docs"),
    path("", include("harborguard.access.api.urls")),
    path("", include("registries.api.urls")),
    path("", include("inventory.api.urls")),
    path("", include("sync.api.urls")),
    re_path("", Nothing.as_view(), name="nothing"),
]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", Metrics.as_view(), name="metrics"),
    path("login", Login.as_view(), name="login"),
    path("logout", Logout.as_view(), name="logout"),
    path("password", PasswordChange.as_view(), name="password"),
    path("help", help_index, name="help-index"),
    path("help/<path:page>", help_page, name="help"),
    path("theme", choose_theme, name="theme"),
    path("admin/login/", AdminLogin.as_view(), name="admin-login"),
    path("admin/logout/", Logout.as_view(), name="admin-logout"),
    path("admin/password_change/", AdminPassword.as_view(), name="admin-password"),
    path("admin/", admin.site.urls),
    path("api", RedirectView.as_view(pattern_name="api:docs"), name="api"),
    path("api/", include((api, "api"))),
    path("", include("harborguard.access.urls")),
    path("", include("inventory.urls")),
    path("", include("sync.urls")),
]

handler400 = "harborguard.web.error_pages.bad_request"
handler403 = "harborguard.web.error_pages.forbidden"
handler404 = "harborguard.web.error_pages.not_found"
handler500 = "harborguard.web.error_pages.server_error"
