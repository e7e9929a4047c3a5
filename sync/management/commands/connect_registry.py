"""Connect a registry from the command line, and start its first sync."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from harborguard.access.actor import Actor
from registries.models import Schedule
from registries.providers import PROVIDERS, detect
from registries.transport.endpoint import Credential
from registries.transport.origin import Origin
from registries.validation import normal_url
from sync.services import connecting

_OPTIONS = {
    "name": "NAME",
    "url": "URL",
    "provider": "--provider",
    "insecure": "--insecure",
    "ca_pem": "--ca-file",
    "schedule": "--schedule",
    "tag_include": "--include",
    "tag_exclude": "--exclude",
    "repository_include": "--include-repository",
    "repository_exclude": "--exclude-repository",
    "known_repositories": "--repository",
    "trusted_realms": "--trust-realm",
    "options": "--option",
}


class Command(BaseCommand):
    help = "Connect a registry: save the connection and start its first sync."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="name of the connection")
        parser.add_argument("url", help="URL of the registry, as for docker login")
        parser.add_argument(
            "--provider", choices=sorted(PROVIDERS), help="default: detected from the URL"
        )
        parser.add_argument("--username", help="omit for anonymous access, or for a token alone")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password or token from stdin"
        )
        parser.add_argument("--insecure", action="store_true", help="allow plain HTTP")
        parser.add_argument("--ca-file", type=Path, help="PEM file of a private CA to trust")
        parser.add_argument("--schedule", choices=Schedule.values, default=Schedule.DAILY)
        for option, what in (
            ("--include", "pattern of tags to read (default *)"),
            ("--exclude", "pattern of tags to skip; wins over --include"),
            ("--include-repository", "pattern of repositories to read (default *)"),
            ("--exclude-repository", "pattern of repositories to skip"),
            ("--repository", "repository to read if the catalog is forbidden"),
            ("--trust-realm", "origin of a token server on another host to trust"),
        ):
            parser.add_argument(
                option, action="append", default=[], metavar="G", help=f"{what}; may be repeated"
            )
        parser.add_argument(
            "--option",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="option of the provider, such as namespaces=acme; repeat it for a list",
        )
        parser.add_argument("--no-sync", action="store_true", help="do not start the first sync")

    def handle(self, *args: Any, **options: Any) -> None:
        login = self._login(options)
        try:
            url = normal_url(options["url"], insecure=options["insecure"])
        except ValidationError as error:
            raise CommandError(f"URL: {' '.join(error.messages)}") from None
        provider = options["provider"] or detect(Origin.parse(url))
        try:
            registry, run = connecting.connect(
                by=Actor.at_the_command_line(),
                first_sync=not options["no_sync"],
                login=login,
                name=options["name"],
                url=url,
                provider=provider,
                options=_options_of(provider, options["option"]),
                insecure=options["insecure"],
                ca_pem=self._ca_pem(options["ca_file"]),
                schedule=options["schedule"],
                tag_include=options["include"],
                tag_exclude=options["exclude"],
                repository_include=options["include_repository"],
                repository_exclude=options["exclude_repository"],
                known_repositories=options["repository"],
                trusted_realms=options["trust_realm"],
            )
        except ValidationError as error:
            raise CommandError(_named(error)) from None
        self.stdout.write(f"Connected {registry.name} at {registry.url}")
        if run is not None:
            self.stdout.write(f"First sync queued as run {run.pk}")

    def _login(self, options: dict[str, Any]) -> Credential | None:
        """Return the credentials. The secret comes from stdin or the terminal, never from the
        command line."""
        if options["password_stdin"]:
            secret = self._from_stdin()
        elif options["username"]:
            if not sys.stdin.isatty():
                raise CommandError("Send the password on stdin with --password-stdin")
            secret = getpass.getpass(f"Password or token of {options['username']}: ")
        else:
            return None
        try:
            secret.encode()
        except UnicodeEncodeError:
            raise CommandError("The password is not UTF-8") from None
        if not secret:
            raise CommandError("The password is empty")
        return Credential(options["username"] or "", secret)

    def _from_stdin(self) -> str:
        try:
            return sys.stdin.read().rstrip("\r\n")
        except UnicodeDecodeError:
            raise CommandError("The password is not UTF-8") from None

    def _ca_pem(self, path: Path | None) -> str:
        if path is None:
            return ""
        try:
            return path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"--ca-file: cannot read {path}: {error}") from None


def _options_of(provider: str, given: list[str]) -> dict[str, str | list[str]]:
    """Return the options from ``name=value``; only a list may be repeated."""
    lists = {option.name for option in PROVIDERS[provider].options if option.is_list}
    values: dict[str, list[str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise CommandError(f"--option: write {text!r} as NAME=VALUE")
        values.setdefault(name, []).append(value)
    for name in values.keys() - lists:
        if len(values[name]) > 1:
            raise CommandError(f"--option: {name} is given more than once")
    return {name: found if name in lists else found[0] for name, found in values.items()}


def _named(error: ValidationError) -> str:
    """Return the errors, each with the field's name on the command line."""
    return "\n".join(
        f"{_OPTIONS.get(field, field)}: {' '.join(messages)}"
        for field, messages in error.message_dict.items()
    )
