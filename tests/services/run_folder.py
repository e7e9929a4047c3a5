from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A unix socket's path holds about 100 bytes, and a user's temporary directory may be deep.
_PARENT = Path("/tmp")
_PREFIX = "hg-tests-"


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder of one test run; what killed runs left behind is removed first."""
    for left_behind in _PARENT.glob(f"{_PREFIX}*"):
        _remove_unless_locked(left_behind)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_PARENT))
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    # postgres may not be root, and has to reach its own folder inside.
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_unless_locked(folder: Path) -> None:
    """The kernel holds a run's lock for as long as the run lives, and not a moment longer."""
    try:
        lock = os.open(folder, os.O_RDONLY)
    except OSError:
        # Another user's, or gone meanwhile.
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(lock)
