from django.apps import AppConfig


class HarborGuardConfig(AppConfig):
    name = "harborguard"
    verbose_name = "HarborGuard"

    def ready(self) -> None:
        from harborguard import checks  # noqa: F401  registers the system checks
