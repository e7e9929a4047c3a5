from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ClassVar, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from harborguard.access import people
from harborguard.access.actor import Actor
from harborguard.access.models import ApiKey, AuditEntry, User
from harborguard.access.read_only_admin import ReadOnlyAdmin

View = TypeVar("View", bound=Callable[..., HttpResponse])

# Only the role counts.
admin.site.unregister(Group)


def _shows_last_admin(view: View) -> View:
    """Show LastAdmin as a message on the page."""

    @wraps(view)
    def wrapper(self: UserAdmin, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                return view(self, request, *args, **kwargs)
        except people.LastAdmin as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.get_full_path())

    return wrapper  # type: ignore[return-value]  # of the same signature


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # not generic at run time
    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=commit)
        # Before the session gets a new key, which could not be undone.
        people.require_an_admin()
        return user


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # not generic at run time
    """The admin pages of users. Accounts are written by ``people``, as everywhere."""

    list_display = ("username", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    filter_horizontal = ()
    change_password_form = PasswordForm
    # Bulk deletion would bypass the rule that one admin must remain.
    actions = None
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("HarborGuard", {"fields": ("role", "is_active")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
    )
    add_fieldsets = (*DjangoUserAdmin.add_fieldsets, (None, {"fields": ("role",)}))

    changeform_view = _shows_last_admin(DjangoUserAdmin.changeform_view)
    delete_view = _shows_last_admin(DjangoUserAdmin.delete_view)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        by, given = Actor.of(request), form.cleaned_data
        if change:
            fields = {name: given[name] for name in form.changed_data}
            people.change_user(obj, by=by, **fields)
        else:
            password = given["password1"] if given["set_usable_password"] else None
            fields = {"username": given["username"], "role": given["role"]}
            obj.pk = people.create_user(by=by, password=password, **fields).pk

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Allow deleting keys with their user, though not by themselves."""
        users = list(objs)
        lines = [f"{user}, with API keys: {user.api_keys.count()}" for user in users]
        return lines, {"users": len(users)}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        people.delete_user(obj, by=Actor.of(request))

    @_shows_last_admin
    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002  its name in Django
        form_url: str = "",
    ) -> HttpResponse:
        user = self.get_object(request, unquote(id))
        if user is None:
            raise Http404
        with people.password_form(user, by=Actor.of(request)):
            return super().user_change_password(request, id, form_url)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """The admin pages of API keys: read-only. Keys are created and revoked under API keys."""

    list_display = ("name", "user", "role", "token_key", "expiry", "last_used_at", "revoked_at")
    list_filter = ("role",)
    list_select_related: ClassVar = ("user",)
    search_fields = ("name", "user__username", "token_key")
    exclude = ("digest",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "key_name", "action", "object_type", "object_name", "address")
    list_filter = ("action",)
    search_fields = ("actor", "object_name", "request_id")
