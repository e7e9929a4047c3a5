from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group

from harborguard.access.models import User

# The role decides alone.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # not generic at run time
    list_display = ("username", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("HarborGuard", {"fields": ("role", "is_active")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
    )
    add_fieldsets = (*DjangoUserAdmin.add_fieldsets, (None, {"fields": ("role",)}))
