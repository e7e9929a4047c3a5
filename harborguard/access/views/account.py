"""The page of one account, for admins. Their own is not changed here: a slip would lock them
out."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from harborguard.access import people
from harborguard.access.accounts import accounts, latest_sign_ins
from harborguard.access.actor import Actor
from harborguard.access.forms import AccountForm, NewPasswordForm, UserForm
from harborguard.access.models import User
from harborguard.access.roles import AuthenticatedRequest


def account(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(accounts(), pk=pk)
    if user == request.user:
        return _own(request, user)
    if request.method != "POST":
        initial = {"role": user.role, "is_active": user.is_active}
        return _page(request, user, form=UserForm(initial=initial))
    form = UserForm(request.POST)
    if not (form.is_valid() and _is_changed(user, form, request, **form.cleaned_data)):
        return _page(request, user, form=form)
    messages.success(request, f"{user.get_username()} was changed.")
    return redirect("user-detail", pk)


def new_password(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Set a new password. A generated one is only in this response."""
    user = get_object_or_404(accounts(), pk=pk)
    if request.method != "POST" or user == request.user:
        return redirect("user-detail", pk)
    form = NewPasswordForm(request.POST)
    if not form.is_valid():
        return _page(request, user, password_form=form)
    given = form.cleaned_data["password"]
    made = "" if given else people.made_password()
    if not _is_changed(user, form, request, password=given or made):
        return _page(request, user, password_form=form)
    if made:
        return render(request, "access/made_password.html", {"account": user, "secret": made})
    messages.success(request, f"{user.get_username()} has a new password.")
    return redirect("user-detail", pk)


def delete(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(accounts(), pk=pk)
    if user == request.user:
        return redirect("user-detail", pk)
    if request.method != "POST":
        return render(request, "access/user_delete.html", {"account": user})
    try:
        people.delete_user(user, by=Actor.of(request))
    except people.LastAdmin as refusal:
        messages.error(request, str(refusal))
        return redirect("user-detail", pk)
    messages.success(request, f"{user.get_username()} was deleted.")
    return redirect("users")


def _own(request: AuthenticatedRequest, user: User) -> HttpResponse:
    if request.method == "POST":
        messages.error(request, "This is your own account. Ask another admin to change it.")
        return redirect("user-detail", user.pk)
    return _page(request, user)


def _page(
    request: AuthenticatedRequest,
    user: User,
    form: UserForm | None = None,
    password_form: NewPasswordForm | None = None,
) -> HttpResponse:
    context = {
        "account": user,
        "is_own": user == request.user,
        "form": form or UserForm(initial={"role": user.role, "is_active": user.is_active}),
        "password_form": password_form or NewPasswordForm(),
        "sign_ins": latest_sign_ins(user),
    }
    return render(request, "access/user_detail.html", context)


def _is_changed(
    user: User, form: AccountForm, request: AuthenticatedRequest, **fields: object
) -> bool:
    """Apply the form; on errors return False, with the errors in the form."""
    try:
        people.change_user(user, by=Actor.of(request), **fields)
    except ValidationError as error:
        form.refuse(error)
    except people.LastAdmin as refusal:
        form.add_error(None, str(refusal))
    except User.DoesNotExist:  # deleted meanwhile
        raise Http404 from None
    return form.is_valid()
