"""Sync registries in the foreground, with a progress bar on a terminal; or try a dry run."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from harborguard.access.actor import Actor
from registries.models import Registry
from sync.enumeration import pipeline
from sync.management import dry_runs
from sync.management.progress_bar import bar_of, draw
from sync.models import State, SyncRun, Trigger
from sync.runs.lifecycle import Progress, SyncInProgress
from sync.runs.report import as_json, in_words
from sync.services.starting import start_sync

_POLL_SECONDS = 1.0
# A run that was only queued has not failed.
_GOOD_STATES = (State.SUCCEEDED, State.PARTIAL, State.QUEUED)


class Command(BaseCommand):
    help = "Sync registries now. Exits with 1 if any run failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="connections to sync")
        parser.add_argument(
            "--all", action="store_true", help="sync all of them, one after another"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object per run")
        parser.add_argument(
            "--no-wait", action="store_true", help="queue the runs for the workers and return"
        )
        dry_runs.add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        # When stopped, it releases its run to the workers, as after Ctrl-C.
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            if options["dry_run"]:
                self._try_all(options)
            else:
                self._sync_all(options)
        finally:
            signal.signal(signal.SIGTERM, before)

    def _try_all(self, options: dict[str, Any]) -> None:
        if options["no_wait"]:
            raise CommandError("A dry run runs in this process: omit --no-wait")
        failed = 0
        for registry in self._registries(options["names"], everything=options["all"]):
            proposed = dry_runs.proposal_in(options)
            failed += not dry_runs.dry_run(registry, proposed, self.stdout, as_json=options["json"])
        if failed:
            raise CommandError(f"{failed} of the dry runs failed")

    def _sync_all(self, options: dict[str, Any]) -> None:
        if dry_runs.proposal_in(options):
            raise CommandError("Filters can only be tried in a dry run: add --dry-run")
        failed = 0
        for registry in self._registries(options["names"], everything=options["all"]):
            run = self._sync(registry, wait=not options["no_wait"])
            self.stdout.write(json.dumps(as_json(run)) if options["json"] else in_words(run))
            failed += run.state not in _GOOD_STATES
        if failed:
            raise CommandError(f"{failed} of the runs failed")

    def _registries(self, names: list[str], *, everything: bool) -> list[Registry]:
        if bool(names) == everything:
            raise CommandError("Name the registries to sync, or use --all")
        found = Registry.objects.order_by("name")
        if everything:
            return list(found)
        by_name = {registry.name: registry for registry in found.filter(name__in=names)}
        unknown = [name for name in names if name not in by_name]
        if unknown:
            raise CommandError(f"No registry is called {', '.join(map(repr, unknown))}")
        return [by_name[name] for name in dict.fromkeys(names)]

    def _sync(self, registry: Registry, *, wait: bool) -> SyncRun:
        """Do the run here; if a worker already has it, follow that to its end."""
        try:
            run = start_sync(
                registry.pk,
                Trigger.COMMAND,
                by=Actor.at_the_command_line(),
                calls_worker=not wait,
            )
        except SyncInProgress as live:
            run = live.run
        if wait:
            with bar_of(registry) as bar:
                try:
                    for progress in _follow(run.pk):
                        draw(bar, progress)
                except KeyboardInterrupt:
                    raise CommandError(f"Interrupted: a worker will resume run {run.pk}") from None
        try:
            run.refresh_from_db()
        except SyncRun.DoesNotExist:
            raise CommandError(f"{registry.name} was deleted during the sync") from None
        return run


def _follow(run_id: int) -> Iterator[Progress]:
    """Do the run; while a worker has it, follow that, and resume the run if the worker is lost."""
    yield from pipeline.carry_out(run_id)
    while (run := SyncRun.objects.filter(pk=run_id).first()) and run.is_live:
        yield Progress.of(run)
        time.sleep(_POLL_SECONDS)
        yield from pipeline.carry_out(run_id)
