"""The fake of every provider, by slug: the ``Vendor`` in the file named for the provider."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from registries.providers import PROVIDERS
from tests.fakes.vendors.vendor import Vendor


def _fake_of(slug: str) -> type[Vendor]:
    module = f"tests.fakes.vendors.{slug.replace('-', '_')}"
    if find_spec(module) is None:
        path = f"{module.replace('.', '/')}.py"
        raise LookupError(f"The provider {slug} has no fake: write {path} with a Vendor in it")
    members = vars(import_module(module)).values()
    for member in members:
        is_fake = isinstance(member, type) and issubclass(member, Vendor)
        if is_fake and member.__module__ == module and vars(member).get("slug") == slug:
            fake: type[Vendor] = member
            return fake
    raise LookupError(f'{module} has no subclass of Vendor with slug = "{slug}"')


VENDORS: dict[str, type[Vendor]] = {slug: _fake_of(slug) for slug in PROVIDERS}
