from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class HarborGuardConfig(AppConfig):
    name = "harborguard"
    verbose_name = "HarborGuard"

    def ready(self) -> None:
        from harborguard.ops import checks  # noqa: F401  registers the system checks


class OnlyWhatIsServed(StaticFilesConfig):
    """drf-spectacular's files without the API viewer that is not used."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc"]  # noqa: RUF012  as Django's
