import logging
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import (
    LoginView,
    LogoutView,
    PasswordChangeView,
    RedirectURLMixin,
)
from django.contrib.messages.views import SuccessMessageMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView, View
from django_htmx.http import HttpResponseClientRefresh

from harborguard.access import audit, people, sign_in_limits
from harborguard.access.actor import Actor
from harborguard.access.address import client_address
from harborguard.access.models import AuditEntry, User
from harborguard.access.throttling import too_many_requests

logger = logging.getLogger(__name__)
Action = AuditEntry.Action


@csrf_exempt
def healthz(request: HttpRequest) -> HttpResponse:
    """Return 200 while this process is alive; says nothing about database or broker."""
    return HttpResponse("ok\n", content_type="text/plain")


class Login(LoginView):
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # A fragment was redirected here after the session ended: the whole page must sign in again.
        if "HX-Request" in request.headers:
            return HttpResponseClientRefresh()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        verdict = sign_in_limits.begin(self._name(), client_address(request))
        if not verdict.allowed:
            logger.warning("Sign-in blocked: from %s", client_address(request))
            reason = "Too many failed sign-ins for this account or from this address."
            return too_many_requests(request, verdict, reason)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        sign_in_limits.succeeded(self._name(), client_address(self.request))
        with transaction.atomic():
            response = super().form_valid(form)
            audit.record(Action.SIGNED_IN, by=Actor.of(self.request), on=form.get_user())
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        # The name of an unknown account is not stored: it may be a password.
        account = User.objects.filter(username=form.cleaned_data.get("username", "")).first()
        audit.record(Action.SIGN_IN_FAILED, by=Actor.of(self.request), on=account)
        # Monitoring of guessed passwords needs both.
        name = f"user name {account.username}" if account else "no such user"
        logger.warning("Sign-in failed: %s, from %s", name, client_address(self.request))
        return super().form_invalid(form)

    def _name(self) -> str:
        return self.request.POST.get("username", "")


class Logout(LogoutView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        by = Actor.of(request)
        with transaction.atomic():
            if by.user is not None:
                audit.record(Action.SIGNED_OUT, by=by, on=by.user)
            return super().post(request, *args, **kwargs)


class PasswordChange(SuccessMessageMixin, PasswordChangeView):  # type: ignore[type-arg]
    template_name = "registration/password.html"
    success_url = reverse_lazy("profile")
    success_message = "Your password was changed."

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        for field in form.fields.values():
            field.widget.attrs["class"] = "form-control"
        return form

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Whoever finds an open session must not be able to guess the password with it.
        by = Actor.of(request)
        verdict = sign_in_limits.begin(by.name, by.address)
        if not verdict.allowed:
            logger.warning("Password change blocked: from %s", by.address)
            reason = "The old password was wrong too often."
            return too_many_requests(request, verdict, reason)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        by = Actor.of(self.request)
        if "old_password" in form.errors:
            audit.record(Action.PASSWORD_CHANGE_FAILED, by=by, on=form.user)
        else:
            sign_in_limits.succeeded(by.name, by.address)
        return super().form_invalid(form)

    def form_valid(self, form: Any) -> HttpResponse:
        by = Actor.of(self.request)
        sign_in_limits.succeeded(by.name, by.address)
        with people.password_form(form.user, by=by):
            return super().form_valid(form)


class AdminLogin(RedirectURLMixin, View):
    """Replaces the admin site's sign-in page, so that there is only one. The middleware sends
    anonymous users to it, and it redirects back here."""

    next_page = "admin:index"

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(self.get_success_url())


class AdminPassword(RedirectView):
    """Replaces the admin site's form, which neither records changes nor counts guesses."""

    pattern_name = "password"
    http_method_names = ["get", "head"]  # noqa: RUF012  as Django's
