"""Test Connection from the command line: queues and stores nothing."""

from __future__ import annotations

from shlex import quote
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from harborguard.access.actor import Actor
from registries.connection_test import runner
from registries.connection_test.stages import Outcome, StageResult
from registries.models import Registry
from registries.services import trust_realm

_MARKS = {Outcome.OK: "ok", Outcome.FAILED: "FAILED", Outcome.NOT_REACHED: "not reached"}


class Command(BaseCommand):
    help = "Check a registry's address, TLS, API, credentials, catalog and one tag list."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the connection's name")
        parser.add_argument(
            "--trust-realm",
            metavar="ORIGIN",
            help="first trust this token server with the registry's credentials, such as "
            "https://auth.example.com",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        registry = Registry.objects.filter(name=options["name"]).first()
        if registry is None:
            raise CommandError(f"No registry is called {options['name']!r}")
        by = Actor.at_the_command_line()
        if options["trust_realm"]:
            try:
                trust_realm(registry, options["trust_realm"], by=by)
            except ValidationError as error:
                raise CommandError("; ".join(error.messages)) from None
        results = []
        for result in runner.run_test(registry, by=by):
            results.append(result)
            self._print(result, registry.name)
        if failed := runner.first_failure(results):
            raise CommandError(f"{registry.name} failed at {failed.stage}: {failed.code}")

    def _print(self, result: StageResult, name: str) -> None:
        self.stdout.write(f"{result.stage:<12} {_MARKS[result.outcome]:<12} {result.detail}")
        if result.outcome == Outcome.FAILED and not result.untrusted_realm:
            self.stdout.write(f"{'':<25} What to do: {result.hint}")
        if result.untrusted_realm:
            self.stdout.write(
                f"{'':<25} To trust it: test_registry {quote(name)} --trust-realm "
                f"{result.untrusted_realm}"
            )
