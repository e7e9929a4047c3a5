"""Who may call. A user has one role; a role contains all the lower ones (decision 13)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models


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


class User(AbstractUser):
    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.VIEWER)

    objects: ClassVar[UserManager] = UserManager()

    def has_role(self, role: Role) -> bool:
        return self.is_active and (self.is_superuser or self.role >= role)
