"""Write docs/permissions.md from the permissions table."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from harborguard.access.permissions import ROUTES, Rule
from harborguard.access.routes import routes

_PAGE = settings.BASE_DIR / "docs" / "permissions.md"
_HEAD = """\
# Who may do what

Written by `manage.py permissions` from `harborguard/access/permissions.py`, which is what the
product goes by. What is not in it is refused, for everybody.

- A role contains the lower ones: viewer, developer, admin. `everybody` needs no key and no session.
- An API key has a role of its own, never above its user's. It opens the API, and no page.
- A session opens pages and the API; what changes something needs its CSRF token too.
- HEAD is allowed where GET is. A limit is one of `HARBORGUARD_LIMIT_*`, counted for each user.
"""
_OPERATIONS = ("healthz", "readyz", "metrics", "api", "api:openapi", "api:docs")


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if the page is out of date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        page = "\n".join([_HEAD, *_sections()])
        if not check:
            _PAGE.write_text(page)
        elif not _PAGE.exists() or _PAGE.read_text() != page:
            raise CommandError(f"{_PAGE.name} is out of date: run `manage.py permissions`.")


def _sections() -> Iterator[str]:
    sections: dict[str, list[str]] = {"The API": [], "Pages": [], "Operations": []}
    for name, rules in ROUTES.items():
        sections[_section_of(name)] += _rows(_address_of(name), rules)
    for title, rows in sections.items():
        yield f"## {title}\n"
        yield "| URL | method | role | limit | |\n|---|---|---|---|---|"
        yield "\n".join(rows) + "\n"


def _section_of(name: str) -> str:
    if name in _OPERATIONS:
        return "Operations"
    return "The API" if name.startswith("api:") else "Pages"


def _address_of(name: str) -> str:
    if name == "admin:*":
        return "`/admin/…`"
    if name == "api:nothing":
        return "`/api/…`, everything else"
    return next((f"`{route.path}`" for route in routes() if route.name == name), f"({name})")


def _rows(address: str, rules: Any) -> Iterator[str]:
    """Yield one row for all methods with the same rule."""
    methods: dict[Rule, list[str]] = {}
    for method, rule in rules.items():
        methods.setdefault(rule, []).append(method)
    for rule, alike in methods.items():
        role = rule.role.label if rule.role is not None else "everybody"
        yield f"| {address} | {', '.join(alike)} | {role} | {rule.limit} | {rule.note} |"
