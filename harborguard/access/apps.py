from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "harborguard.access"
    label = "access"
    verbose_name = "Access"
