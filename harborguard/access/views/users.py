"""The list of users, for admins."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from harborguard.access import people
from harborguard.access.accounts import accounts
from harborguard.access.actor import Actor
from harborguard.access.filters import UserFilters
from harborguard.access.forms import NewUserForm
from harborguard.access.models import Role, User
from harborguard.access.roles import AuthenticatedRequest

USERS_A_PAGE = 50


def users(request: AuthenticatedRequest) -> HttpResponse:
    filters = UserFilters(request.GET, queryset=accounts())
    found = filters.qs if filters.is_valid() else User.objects.none()
    context = {
        "page": Paginator(found, USERS_A_PAGE).get_page(request.GET.get("page")),
        "roles": Role.labels,
        "asked": request.GET,
        "is_filtered": any(request.GET.get(name) for name in filters.filters),
        "errors": filters.errors,
    }
    return render(request, "access/users.html", context)


def create(request: AuthenticatedRequest) -> HttpResponse:
    """Create a user. A generated password is only in this response."""
    form = NewUserForm(request.POST or None)
    if not form.is_valid():
        return render(request, "access/user_create.html", {"form": form})
    given = form.cleaned_data
    made = "" if given["password"] or given["is_for_scripts"] else people.made_password()
    try:
        account = people.create_user(
            by=Actor.of(request),
            username=given["username"],
            role=given["role"],
            password=None if given["is_for_scripts"] else given["password"] or made,
        )
    except ValidationError as error:
        form.refuse(error)
        return render(request, "access/user_create.html", {"form": form})
    if made:
        return render(request, "access/made_password.html", {"account": account, "secret": made})
    messages.success(request, f"{account.get_username()} was added.")
    return redirect("user-detail", account.pk)
