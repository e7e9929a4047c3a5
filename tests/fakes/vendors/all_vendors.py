"""Every fake, by the slug of the provider that reads it; a new one is a file and a line here."""

from __future__ import annotations

from tests.fakes.vendors.distribution import Distribution
from tests.fakes.vendors.vendor import Vendor

VENDORS: dict[str, type[Vendor]] = {vendor.slug: vendor for vendor in (Distribution,)}
