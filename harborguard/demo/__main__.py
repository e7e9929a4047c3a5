"""`python -m harborguard.demo`: runs in a temporary folder, which is deleted at the end."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress

import django

from harborguard.embedded.launcher.stop_signals import interrupt_on_stop

# The demo ignores the settings of an installation, so that it cannot touch it.
_SETTINGS = (
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "ALLOWED_HOSTS"),
    *("CSRF_TRUSTED_ORIGINS", "DEBUG"),
)


def main() -> None:
    interrupt_on_stop()
    with (
        suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory(prefix="harborguard-demo-") as folder,
    ):
        _use(folder)
        django.setup()
        from harborguard.demo.command import Command

        Command().run_from_argv(["python -m", "harborguard.demo", *sys.argv[1:]])


def _use(folder: str) -> None:
    """Configure an embedded installation that may call registries on this machine."""
    for name in list(os.environ):
        if name.startswith("HARBORGUARD_") or name.removesuffix("_FILE") in _SETTINGS:
            del os.environ[name]
    os.environ["HARBORGUARD_DATA_DIR"] = folder
    os.environ["HARBORGUARD_ALLOW_LOOPBACK"] = "true"


if __name__ == "__main__":
    main()
