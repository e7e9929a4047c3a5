"""Users, API keys and the audit trail. A user has one role, which includes all lower ones
(docs/decisions/0018). An API key has its own role, never above its owner's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from knox.models import AbstractAuthToken


class Role(models.IntegerChoices):
    VIEWER = 20, "viewer"
    DEVELOPER = 60, "developer"
    ADMIN = 80, "admin"


class UserManager(DjangoUserManager["User"]):
    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra: Any
    ) -> User:
        extra.setdefault("role", Role.ADMIN)
        return super().create_superuser(username, email, password, **extra)


class User(AbstractUser):  # type: ignore[django-manager-missing]  # knox is not typed
    """A user. The role alone decides: Django's own flags for the admin site follow from it."""

    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.VIEWER)

    objects: ClassVar[UserManager] = UserManager()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.is_staff = self.is_superuser = self.role == Role.ADMIN
        if kwargs.get("update_fields") is not None and "role" in kwargs["update_fields"]:
            kwargs["update_fields"] = {*kwargs["update_fields"], "is_staff", "is_superuser"}
        super().save(*args, **kwargs)

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Refuse names that differ only in case: the sign-in limits count them as one."""
        super().validate_unique(exclude)
        if "username" in (exclude or ()):
            return
        alike = User.objects.filter(username__iexact=self.username).values_list("pk", "username")
        others = dict(alike)
        stored = others.pop(self.pk, None)
        # Whoever already has such a name can still be changed.
        if others and stored != self.username:
            raise ValidationError(
                {"username": "A user with this name in another case already exists."}
            )

    def has_role(self, role: Role) -> bool:
        return self.is_active and self.role >= role


def validate_key_name(value: str) -> None:
    if not value.isprintable() or value != value.strip():
        raise ValidationError("A name is printable text without leading or trailing spaces.")


class ApiKey(AbstractAuthToken):  # type: ignore[misc]  # the library is not typed
    """A key for scripts. Only its ``digest`` is stored, and its first characters, ``token_key``, to
    recognize it by."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    digest = models.CharField(max_length=128, unique=True, editable=False)
    name = models.CharField(max_length=100, validators=[validate_key_name])
    role = models.PositiveSmallIntegerField(choices=Role.choices)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[models.Manager[ApiKey]] = models.Manager()

    class Meta:
        verbose_name = "API key"
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "name"],
                condition=Q(revoked_at=None),
                name="key_name_once_a_user",
                violation_error_message="This user already has a key with this name.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"


class AuditEntry(models.Model):
    """An action in the audit trail. Append-only: the database refuses to change or delete a row.

    Names are stored beside ids, and nothing is a foreign key: an entry says what was true then,
    also after the user, the key or the object is gone.
    """

    class Action(models.TextChoices):
        SIGNED_IN = "user.signed_in"
        SIGN_IN_FAILED = "user.sign_in_failed"
        SIGNED_OUT = "user.signed_out"
        PASSWORD_CHANGED = "user.password_changed"  # noqa: S105  the name of an action
        PASSWORD_CHANGE_FAILED = "user.password_change_failed"  # noqa: S105  as above
        USER_CREATED = "user.created"
        USER_CHANGED = "user.changed"
        USER_DELETED = "user.deleted"
        KEY_CREATED = "key.created"
        KEY_REVOKED = "key.revoked"
        REGISTRY_CONNECTED = "registry.connected"
        REGISTRY_CHANGED = "registry.changed"
        REGISTRY_DELETED = "registry.deleted"
        REGISTRY_TESTED = "registry.tested"
        CREDENTIAL_ROTATED = "credential.rotated"
        WEBHOOK_ROTATED = "webhook.rotated"
        WEBHOOK_CHANGED = "webhook.changed"
        WEBHOOK_RESEALED = "webhook.resealed"
        SYNC_REQUESTED = "sync.requested"
        REMOVALS_CONFIRMED = "removals.confirmed"
        DRY_RUN_REQUESTED = "dry_run.requested"
        DRY_RUN_DELETED = "dry_run.deleted"
        SCHEDULE_CHANGED = "schedule.changed"

    at = models.DateTimeField()
    action = models.CharField(max_length=40, help_text="One of Action")
    actor = models.CharField(max_length=200, help_text="A user name, or the name of a command")
    user_id = models.BigIntegerField(null=True)
    key_id = models.BigIntegerField(null=True)
    key_name = models.CharField(max_length=100, blank=True)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField(null=True)
    object_name = models.CharField(max_length=200, blank=True)
    changes = models.JSONField(
        default=dict, help_text="{field: {from, to}}; of secrets only that they were set"
    )

    class Meta:
        verbose_name_plural = "audit entries"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["user_id", "-id"], name="audit_user"),
            models.Index(fields=["action", "-id"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_name}"
