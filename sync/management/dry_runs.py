"""`sync_registry --dry-run`: print every change a sync would make, and store none of them."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser, OutputWrapper

from harborguard.access.actor import Actor
from registries.errors import RegistryError
from registries.models import Registry
from sync.dry_runs import pipeline
from sync.dry_runs.attempt import TagChange
from sync.dry_runs.report import in_words, line_of, object_of, summary_of
from sync.management.progress_bar import bar_of, draw
from sync.services.starting import start_dry_run_here

# The option and its help, as in connect_registry.
_OPTIONS = {
    "tag_include": ("include", "pattern of tags to read"),
    "tag_exclude": ("exclude", "pattern of tags to skip; wins over --include"),
    "repository_include": ("include_repository", "pattern of repositories to read"),
    "repository_exclude": ("exclude_repository", "pattern of repositories to skip"),
    "known_repositories": ("repository", "repository to read if the catalog is forbidden"),
}


def add_options(parser: CommandParser) -> None:
    group = parser.add_argument_group(
        "dry run",
        "These replace the connection's own settings; an empty value clears a setting.",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="print what a sync would change; write nothing"
    )
    for option, what in _OPTIONS.values():
        group.add_argument(
            f"--{option.replace('_', '-')}",
            action="append",
            metavar="PATTERN",
            help=f"{what}; may be repeated",
        )


def proposal_in(options: dict[str, Any]) -> dict[str, list[str]]:
    given = {name: options[option] for name, (option, _) in _OPTIONS.items()}
    return {
        name: [value for value in values if value]
        for name, values in given.items()
        if values is not None
    }


def dry_run(
    registry: Registry, proposed: dict[str, list[str]], stdout: OutputWrapper, *, as_json: bool
) -> bool:
    """Print a dry run. Return whether the registry could be read."""

    def print_change(change: TagChange) -> None:
        text = json.dumps(object_of(change, registry.name)) if as_json else line_of(change)
        stdout.write(text)

    try:
        attempt = start_dry_run_here(
            registry.pk, proposed, by=Actor.at_the_command_line(), report=print_change
        )
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    failure: RegistryError | None = None
    try:
        with bar_of(registry) as bar:
            for progress in pipeline.read(attempt):
                draw(bar, progress)
    except RegistryError as error:
        failure = error
    except KeyboardInterrupt:
        raise CommandError("Interrupted: nothing was written") from None
    attempt.reader.count_traffic()
    summary = json.dumps(summary_of(attempt, failure)) if as_json else in_words(attempt, failure)
    stdout.write(summary)
    return failure is None
