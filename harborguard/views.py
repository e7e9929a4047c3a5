import logging
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, PasswordChangeView, RedirectURLMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views import View
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

logger = logging.getLogger(__name__)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process is alive; it says nothing of the database or the broker."""
    return HttpResponse("ok\n", content_type="text/plain")


class Login(LoginView):
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # A fragment whose session has ended was sent here: the whole page has to sign in again.
        if "HX-Request" in request.headers:
            return HttpResponseClientRefresh()
        return super().get(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        # Whoever watches the log for guessing needs both; repr keeps a name to one line.
        name, address = form.data.get("username", "")[:150], self.request.META["REMOTE_ADDR"]
        logger.warning("Sign-in failed: user name %r, from %s", name, address)
        return super().form_invalid(form)


class PasswordChange(SuccessMessageMixin, PasswordChangeView):  # type: ignore[type-arg]
    template_name = "registration/password.html"
    success_url = reverse_lazy("registry-list")
    success_message = "Your password is changed."

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        for field in form.fields.values():
            field.widget.attrs["class"] = "form-control"
        return form


class AdminLogin(RedirectURLMixin, View):
    """In the place of the admin's own login, so that there is one door. A stranger is sent to
    that by the middleware, and comes back here."""

    next_page = "admin:index"

    def get(self, request: HttpRequest) -> HttpResponse:
        if not admin.site.has_permission(request):
            raise PermissionDenied("The admin pages are for staff.")
        return redirect(self.get_success_url())
