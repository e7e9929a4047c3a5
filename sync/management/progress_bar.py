"""The progress bar of a command, on a terminal."""

from __future__ import annotations

import sys
from typing import Any

from tqdm import tqdm

from registries.models import Registry
from sync.runs.lifecycle import Progress


def bar_of(registry: Registry) -> tqdm[Any]:
    return tqdm(desc=registry.name, unit="repo", disable=not sys.stderr.isatty(), leave=False)


def draw(bar: tqdm[Any], progress: Progress) -> None:
    bar.total = progress.repositories_listed or None
    bar.n = progress.repositories_read + progress.repositories_failed
    bar.set_postfix(tags=progress.tags_seen, requests=progress.requests_sent)
