"""Match host names against a product's patterns, label by label."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(host: str, pattern: str) -> bool:
    """Return whether ``host`` matches. ``*`` stands for part of one label, and never for a dot.

    So "*-docker.pkg.dev" requires its domain, and "evil.example/x.pkg.dev" is not a host.
    """
    labels, patterns = host.rstrip(".").split("."), pattern.split(".")
    return len(labels) == len(patterns) and all(map(_matches, labels, patterns))


def _matches(label: str, pattern: str) -> bool:
    return bool(label) and fnmatchcase(label, pattern)
