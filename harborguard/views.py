from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh


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
