"""The verification of deliveries: the product's ways, and the chosen one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from registries.models import Webhook
from registries.providers import provider_for
from registries.providers.shared.base import Provider
from registries.providers.shared.delivery import Pushes, Verification

# Proves only that the sender knows the URL.
BY_ADDRESS = "url"


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to verify deliveries, with its setup instructions.

    ``needs`` are names of options; ``missing`` the labels of those that are not set.
    """

    slug: str
    name: str
    steps: tuple[str, ...] = field(repr=False)
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def way_of(webhook: Webhook) -> Verification | None:
    """Return how deliveries are verified, or None: by the secret URL alone."""
    product = provider_for(webhook.registry.provider)
    return ways_of(product).get(verification_of(webhook, product))


def verification_of(webhook: Webhook, product: Provider) -> str:
    """Return the chosen verification, or the best one where the product no longer offers that."""
    if webhook.verification == BY_ADDRESS or webhook.verification in ways_of(product):
        return webhook.verification
    return best_of(product.pushes)


def choices(
    product: Provider, url: str, secret: str, options: Mapping[str, object]
) -> Iterator[Choice]:
    pushes = product.pushes
    if pushes is None:
        return
    there = _filled_in(pushes.steps, url, secret)
    last = _filled_in(pushes.last_steps, url, secret)
    for way in pushes.verifications:
        steps = there + _filled_in(way.steps, url, secret) + last
        missing = tuple(
            option.label
            for option in product.options
            if option.name in way.needs and not options.get(option.name)
        )
        yield Choice(way.slug, way.name, steps, way.needs, missing)
    yield Choice(BY_ADDRESS, "Secret URL only", there + last)


def _filled_in(steps: tuple[str, ...], url: str, secret: str) -> tuple[str, ...]:
    """Fill in placeholders; other braces stay, as steps quote configuration files."""
    return tuple(step.replace("{url}", url).replace("{secret}", secret) for step in steps)


def ways_of(product: Provider) -> dict[str, Verification]:
    return {way.slug: way for way in product.pushes.verifications} if product.pushes else {}


def best_of(pushes: Pushes | None) -> str:
    return pushes.verifications[0].slug if pushes and pushes.verifications else BY_ADDRESS
