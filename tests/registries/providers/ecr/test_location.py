from __future__ import annotations

import pytest

from registries.providers.ecr.location import Location, location_of
from registries.transport.endpoint import Endpoint
from registries.transport.origin import Origin

ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    ("host", "place"),
    [
        (f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com", Location(ACCOUNT, "eu-central-1")),
        (f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn", Location(ACCOUNT, "cn-north-1")),
        (f"{ACCOUNT}.dkr.ecr.eusc-de-east-1.amazonaws.eu", Location(ACCOUNT, "eusc-de-east-1")),
        (
            f"{ACCOUNT}.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            Location(ACCOUNT, "us-gov-west-1", is_fips=True),
        ),
        (f"{ACCOUNT}.dkr-ecr.us-east-2.on.aws", Location(ACCOUNT, "us-east-2", is_dual_stack=True)),
        (
            f"{ACCOUNT}.dkr-ecr-fips.us-east-2.on.aws",
            Location(ACCOUNT, "us-east-2", is_fips=True, is_dual_stack=True),
        ),
    ],
)
def test_account_and_region_are_read_from_an_aws_host(host: str, place: Location) -> None:
    other = {"registry_id": "999999999999", "region": "us-west-1"}
    assert location_of(Endpoint(Origin.parse(f"https://{host}"), options=other)) == place


@pytest.mark.parametrize(
    "host",
    [
        "registry.example.com",
        "12345.dkr.ecr.eu-central-1.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com.evil.example",
        f"{ACCOUNT}.dkr.ecr.eu-central-1.example.com",
    ],
)
def test_account_and_region_are_options_at_other_hosts(host: str) -> None:
    origin = Origin.parse(f"https://{host}")
    assert location_of(Endpoint(origin)) == Location()
    options = {"registry_id": ACCOUNT, "region": "eu-west-1"}
    assert location_of(Endpoint(origin, options=options)) == Location(ACCOUNT, "eu-west-1")
