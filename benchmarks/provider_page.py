"""docs/providers.md, from what providers declare and how many requests they took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from registries.providers.shared.base import Provider

_REQUIRED = " (required)"
COUNTS_TITLE = "## Requests of a full sync"

_HEAD = """\
# Providers

Written by `make docs-providers` from what the providers in `registries/providers/` declare, and
from how many requests each took.

A provider is what reads one product by the product's own API. It is found by the host of the
registry's URL, or chosen by hand, which always wins; any host that is not known is read as a plain
OCI registry. `GET /api/providers` tells the same as this table, and more.

- **Digests**: whether listings tell tags and digests together, so many tags at a time. Where they
  do not, each tag takes a HEAD.
- **Options**: what a connection may say beside its URL, or must (required).
- **Pushes**: what proves that an event comes from the registry. Without it, the secret address of
  the webhook is all there is.

Where the product's own API refuses, as it does to a login with too few rights or at another
product than was chosen, what the registry's own protocol lists is read by that, at a HEAD for each
tag. Test Connection says so, with the refusal.

Certificates of a private CA that are given with a connection stand in for the public ones at the
registry's own host. At other hosts that it needs, such as a vendor's API or token server, they
stand beside the public ones.
"""
_COUNTS = f"""\
{COUNTS_TITLE}

Of 100 repositories with 100 tags each: ping, repositories, tags, and every digest that no listing
told, against a fake of the vendor's API on a socket, questions for logins and tokens included. The
numbers depend on no machine: `make docs-providers` counts them anew.

Where listings tell digests, a sync takes at most one request for each repository, one for each page
of tags, and five: that is the number beside it.
"""


@dataclass(frozen=True, slots=True)
class Count:
    """``most`` is what is promised, if anything is."""

    requests: int
    most: int | None


def page(providers: Iterable[Provider], counts: Mapping[str, Count], one_head_per_tag: int) -> str:
    providers = list(providers)
    return "\n".join(
        [declarations(providers), _COUNTS, *_rows(providers, counts, one_head_per_tag), ""]
    )


def declarations(providers: Iterable[Provider]) -> str:
    """The part of the page that needs no counting."""
    head = "| provider | hosts | digests | options | pushes |\n|---|---|---|---|---|"
    return "\n".join([_HEAD, head, *map(_row, providers), ""])


def _row(provider: Provider) -> str:
    cells = [
        f"[{provider.name}](providers/{provider.slug}.md) `{provider.slug}`",
        ", ".join(f"`{host}`" for host in provider.hosts) or "any",
        f"with the tags, {provider.page_size:,} at a time"
        if provider.bulk_digests
        else "a HEAD each",
        ", ".join(_options(provider)) or "none",
        _pushes(provider),
    ]
    return f"| {' | '.join(cells)} |"


def _options(provider: Provider) -> Iterator[str]:
    for option in provider.options:
        yield f"`{option.name}`{_REQUIRED if option.is_required else ''}"


def _pushes(provider: Provider) -> str:
    if provider.pushes is None:
        return "none"
    names = "; ".join(one.name for one in provider.pushes.verifications) or "secret address"
    return names if provider.pushes.tells_deletes else f"{names}. No deletes"


def _rows(
    providers: list[Provider], counts: Mapping[str, Count], one_head_per_tag: int
) -> Iterator[str]:
    yield "| provider | requests | at most | with one HEAD per tag |\n|---|---:|---:|---:|"
    for provider in sorted(providers, key=lambda one: counts[one.slug].requests):
        count = counts[provider.slug]
        most = "" if count.most is None else f"{count.most:,}"
        yield f"| {provider.name} | {count.requests:,} | {most} | {one_head_per_tag:,} |"
