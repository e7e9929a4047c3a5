"""The routes of the product, with their names in the permissions table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.contrib.admindocs.views import simplify_regex
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver

_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """A route. ``path`` is written as in OpenAPI: ``/api/registries/{registry_id}``."""

    name: str
    path: str


@cache
def routes() -> tuple[Route, ...]:
    return tuple(_below(get_resolver(), "", ()))


@cache
def name_of(path: str) -> str | None:
    """Return the name of the route with that path."""
    return next((route.name for route in routes() if route.path == path), None)


def _below(resolver: URLResolver, before: str, namespaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _below(entry, pattern, inner)
        else:
            yield Route(_name(entry, namespaces), _template(pattern))


def _name(pattern: URLPattern, namespaces: tuple[str, ...]) -> str:
    """Return the name; for a route without one, the path of its view."""
    match = ResolverMatch(
        pattern.callback, (), {}, url_name=pattern.name, namespaces=list(namespaces)
    )
    return str(match.view_name)


def _template(pattern: str) -> str:
    return _CONVERTER.sub(r"{\1}", simplify_regex(pattern))
