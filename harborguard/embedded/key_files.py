"""Keys of an embedded installation: created once, in the data directory, mode 0600.

Production gets its keys from the environment.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def load_or_create(path: Path, *, length: int = 32) -> str:
    """Return the key in ``path`` as hex text, and create it first if there is none.

    Raise ImproperlyConfigured, in one line, if the file can be neither read nor created.
    """
    try:
        if not path.exists():
            _create(path, secrets.token_hex(length))
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"Cannot use the key file {path}: {error}. Check that HARBORGUARD_DATA_DIR is a "
            "directory that you can write to"
        ) from None
    if len(key) < 2 * length:
        raise ImproperlyConfigured(f"The key file {path} is damaged. Restore it from a backup")
    return key


def _create(path: Path, key: str) -> None:
    """Create the whole file or nothing; of two processes that start at once, one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
