"""The user's own API keys; admins see and revoke all."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from harborguard.access.actor import Actor
from harborguard.access.forms import KeyForm
from harborguard.access.keys import create_key, keys_seen_by, revoke_key, status_of
from harborguard.access.models import Role
from harborguard.access.roles import AuthenticatedRequest, has_role

KEYS_A_PAGE = 50


def own_keys(request: AuthenticatedRequest) -> HttpResponse:
    """Show and create keys. A new key is only in this response: reloading does not show it."""
    form = KeyForm(request.POST or None, user=request.user)
    secret = _create(form, request) if form.is_valid() else None
    is_for_all = has_role(request, Role.ADMIN) and request.GET.get("of") == "everybody"
    keys = keys_seen_by(Actor.of(request), is_admin=is_for_all)
    keys = keys.order_by(F("revoked_at").desc(nulls_first=True), "-pk")
    page = Paginator(keys, KEYS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": KeyForm(user=request.user) if secret else form,
        "secret": secret,
        "page": page,
        "keys": [(key, status_of(key)) for key in page],
        "is_for_all": is_for_all,
    }
    return render(request, "access/keys.html", context)


def revoke(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Revoke a key. A GET does nothing: a redirect from the sign-in page leads here if the session
    had ended."""
    if request.method == "POST":
        is_admin = has_role(request, Role.ADMIN)
        by = Actor.of(request)
        key = get_object_or_404(keys_seen_by(by, is_admin=is_admin), pk=pk)
        if revoke_key(key, by=by):
            messages.success(request, f"{key.name} is revoked and no longer works.")
        else:
            messages.info(request, f"{key.name} was already revoked.")
    return redirect("keys")


def _create(form: KeyForm, request: AuthenticatedRequest) -> str | None:
    """Return the new key, or None with the errors in the form."""
    try:
        _, secret = create_key(
            request.user,
            form.cleaned_data["name"],
            form.cleaned_data["role"],
            by=Actor.of(request),
            expires_at=form.expires_at,
        )
    except ValidationError as error:
        form.add_error(None, error)
        return None
    return secret
