"""Every route that the product answers, with the name under which the table knows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver

_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")


@dataclass(frozen=True, slots=True)
class Route:
    """``path`` is as OpenAPI writes it: ``/api/registries/{registry_id}``."""

    name: str
    path: str


@cache
def routes() -> tuple[Route, ...]:
    return tuple(_below(get_resolver(), "/", ()))


@cache
def name_of(path: str) -> str | None:
    """The name of the route with that path."""
    return next((route.name for route in routes() if route.path == path), None)


def _below(resolver: URLResolver, path: str, namespaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _below(entry, path + _template(str(entry.pattern)), inner)
        else:
            name = ":".join((*namespaces, _own_name(entry)))
            yield Route(name, path + _template(str(entry.pattern)))


def _own_name(pattern: URLPattern) -> str:
    """As ``resolver_match.view_name`` tells it: of a route without a name, where its view is."""
    return pattern.name or pattern.lookup_str


def _template(pattern: str) -> str:
    text = _GROUP.sub(r"{\1}", _CONVERTER.sub(r"{\1}", pattern))
    return text.removeprefix("^").removesuffix("$").removesuffix("\\Z")
