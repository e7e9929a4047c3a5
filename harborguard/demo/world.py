"""The process of the demo's registries: serves them, generates their past, and goes on."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import django

READY, FAILED = b"1", b"0"


def command_line(
    state: Path, root: str, *, days: int, ready: int, listeners: Sequence[int]
) -> list[str]:
    """Return the arguments of this program."""
    numbers = ["--days", str(days), "--ready", str(ready)]
    return [str(state), root, *numbers, "--listeners", *map(str, listeners)]


def main() -> None:
    options = _options()
    # Failures are intended: while the past is generated, nobody waits for a recovery.
    os.environ["HARBORGUARD_REGISTRY_ATTEMPTS"] = "2"
    django.setup()
    from harborguard.demo.play import CannotGoOn, Play

    listeners = [socket.socket(fileno=descriptor) for descriptor in options.listeners]
    play = Play(listeners, options.state)
    try:
        play.prepare(options.days)
    except CannotGoOn as reason:
        os.write(options.ready, FAILED)
        sys.exit(str(reason))
    os.write(options.ready, READY)
    play.go_on(options.root)


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("state", type=Path, help="folder for the registries' content")
    options.add_argument("root", help="the URL of HarborGuard")
    options.add_argument("--days", type=int, help="days of history to generate")
    options.add_argument(
        "--ready", type=int, help="file descriptor to write to when everything is ready"
    )
    options.add_argument("--listeners", type=int, nargs="+", help="file descriptors to serve")
    return options.parse_args()


if __name__ == "__main__":
    main()
