"""`sync_registry --dry-run`: the difference on stdout, complete, and no row of it kept."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser, OutputWrapper

from harborguard.access.actor import Actor
from registries.errors import RegistryError
from registries.models import Registry
from sync.dry_runs.report import in_words, line_of, object_of, summary_of
from sync.dry_runs.work import rehearse
from sync.enumeration.rehearsal import Difference
from sync.management.progress_bar import bar_of, draw
from sync.services.starting import rehearsal_of

# As of connect_registry.
_OPTIONS = {
    "tag_include": ("include", "glob of tags to read"),
    "tag_exclude": ("exclude", "glob of tags to leave out; wins over --include"),
    "repository_include": ("include_repository", "glob of repositories to read"),
    "repository_exclude": ("exclude_repository", "glob of repositories to leave out"),
    "known_repositories": ("repository", "a repository to read where the catalog is forbidden"),
}


def add_options(parser: CommandParser) -> None:
    group = parser.add_argument_group(
        "dry run",
        "Settings are tried in place of the connection's own; an empty one stands for none.",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="print what a sync would change, and write nothing"
    )
    for option, what in _OPTIONS.values():
        group.add_argument(
            f"--{option.replace('_', '-')}",
            action="append",
            metavar="G",
            help=f"{what}; may be repeated",
        )


def proposal_in(options: dict[str, Any]) -> dict[str, list[str]]:
    given = {name: options[option] for name, (option, _) in _OPTIONS.items()}
    return {name: [one for one in ones if one] for name, ones in given.items() if ones is not None}


def dry_run(
    registry: Registry, proposed: dict[str, list[str]], stdout: OutputWrapper, *, as_json: bool
) -> bool:
    """Whether the registry could be read."""

    def tell(one: Difference) -> None:
        told = json.dumps(object_of(one, registry.name)) if as_json else line_of(one)
        stdout.write(told)

    try:
        rehearsal = rehearsal_of(registry.pk, proposed, by=Actor.at_the_command_line(), tell=tell)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    failure: RegistryError | None = None
    try:
        with bar_of(registry) as bar:
            for progress in rehearse(rehearsal):
                draw(bar, progress)
    except RegistryError as error:
        failure = error
    except KeyboardInterrupt:
        raise CommandError("Interrupted: nothing was written") from None
    rehearsal.count_traffic()
    told = json.dumps(summary_of(rehearsal, failure)) if as_json else in_words(rehearsal, failure)
    stdout.write(told)
    return failure is None
