"""By which host names a product is known. Never by a part of one: "ecr" is in many names."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(host: str, pattern: str) -> bool:
    """``pattern`` is a host name whose ``*`` stand for a part of one label, never for a dot.

    So "*-docker.pkg.dev" is known by its end, and "evil.example/x.pkg.dev" is not a host.
    """
    labels, patterns = host.rstrip(".").split("."), pattern.split(".")
    return len(labels) == len(patterns) and all(map(_matches, labels, patterns))


def _matches(label: str, pattern: str) -> bool:
    return bool(label) and fnmatchcase(label, pattern)
