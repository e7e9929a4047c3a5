"""The contract of every provider, tested with a fake of its vendor's API over real sockets."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    CatalogForbidden,
    NotFound,
    RegistryError,
)
from registries.oci.reference import Reference
from registries.providers import PROVIDERS
from registries.providers.shared.base import RegistryClient
from tests.fakes.http_server import fake_server
from tests.fakes.replies import answer as reply
from tests.fakes.replies import answer_json
from tests.fakes.vendors.all_vendors import VENDORS
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.vendor import Vendor

ROOT = Path(__file__).parents[3]
# Few enough to be quick: no fake fills a page of the real size.
REPOSITORIES = 7
TAGS = 5


@pytest.fixture(params=sorted(VENDORS))
def vendor(request: pytest.FixtureRequest) -> Iterator[Vendor]:
    with VENDORS[request.param].serve() as fake:
        fake.fill(REPOSITORIES, TAGS)
        yield fake


def with_fault(vendor: Vendor, fault: Fault) -> None:
    if fault in vendor.without:
        pytest.skip(vendor.without[fault])
    vendor.faults.add(fault)


Read = tuple[dict[str, dict[str, str]], dict[str, RegistryError]]


def read(client: RegistryClient, names: list[str] | None = None) -> Read:
    """Return the tags and digests of complete listings, and the errors of the others."""
    found: dict[str, dict[str, str]] = {}
    complete: set[str] = set()
    failed: dict[str, RegistryError] = {}
    for part in client.tags(client.repositories() if names is None else names):
        tags = found.setdefault(part.repository, {})
        tags |= {tag.name: tag.digest or "" for tag in part.tags}
        if part.error is not None:
            failed[part.repository] = part.error
        elif part.complete:
            complete.add(part.repository)
    for name in failed:
        del found[name]
    assert complete == set(found)
    unresolved = [
        Reference(name, tag) for name, tags in found.items() for tag in tags if not tags[tag]
    ]
    for answer in client.resolve(unresolved):
        assert answer.error is None
        assert answer.digest
        found[answer.reference.repository][answer.reference.tag] = answer.digest
    return found, failed


def expect_all_or_an_error(vendor: Vendor) -> None:
    with closing(vendor.connect()) as client:
        try:
            found, failed = read(client)
        except RegistryError as error:
            assert not isinstance(error, NotFound)  # noqa: PT017  an error is optional
        else:
            assert found | dict.fromkeys(failed) == vendor.expected | dict.fromkeys(failed)
            assert not any(isinstance(error, NotFound) for error in failed.values())


@pytest.mark.parametrize("slug", sorted(PROVIDERS))
def test_every_provider_has_a_page_a_fake_and_tests(slug: str) -> None:
    folder = slug.replace("-", "_")
    paths = [
        f"registries/providers/{folder}/provider.py",
        f"tests/fakes/vendors/{folder}.py",
        f"tests/registries/providers/{folder}/test_provider.py",
        f"docs/providers/{slug}.md",
    ]
    if PROVIDERS[slug].pushes is not None:
        paths.append(f"tests/registries/providers/{folder}/test_pushes.py")
    missing = [path for path in paths if not (ROOT / path).is_file()]
    assert not missing, f"The provider {slug} needs {', '.join(missing)}"


def test_every_folder_of_a_provider_is_registered() -> None:
    found = {path.parent.name for path in ROOT.glob("registries/providers/*/provider.py")}
    unregistered = found - {slug.replace("-", "_") for slug in PROVIDERS}
    assert not unregistered, f"Add {unregistered} to registries/providers/__init__.py"


def test_every_repository_and_tag_is_read(vendor: Vendor) -> None:
    with closing(vendor.connect()) as client:
        client.ping()
        assert read(client) == (vendor.expected, {})


def test_each_repository_is_listed_once(vendor: Vendor) -> None:
    with closing(vendor.connect()) as client:
        names = list(client.repositories())
    assert sorted(names) == sorted(vendor.expected)


def test_an_empty_registry_has_no_repositories(vendor: Vendor) -> None:
    vendor.content.clear()
    with closing(vendor.connect()) as client:
        assert list(client.repositories()) == []


def test_a_repository_without_tags_is_complete_or_not_found(
    vendor: Vendor,
) -> None:
    vendor.content[vendor.first].clear()
    with closing(vendor.connect()) as client:
        found, failed = read(client)
    assert found.get(vendor.first, {}) == {}
    assert all(isinstance(error, NotFound) for error in failed.values())


@pytest.mark.parametrize(
    "fault", [Fault.SHORT_PAGES, Fault.PAGE_SIZE_REFUSED, Fault.EXPIRED_LOGIN, Fault.THROTTLED]
)
def test_everything_is_read_despite_a_fault(fault: Fault, vendor: Vendor) -> None:
    with_fault(vendor, fault)
    with closing(vendor.connect(attempts=3)) as client:
        client.ping()
        assert read(client) == (vendor.expected, {})


def test_no_tag_is_lost_when_rows_move_between_pages(vendor: Vendor) -> None:
    with_fault(vendor, Fault.DRIFT)
    vendor.faults.add(Fault.SHORT_PAGES)
    if Fault.SHORT_PAGES in vendor.without:
        vendor.faults.discard(Fault.SHORT_PAGES)
    expected = vendor.expected
    with closing(vendor.connect()) as client:
        found, failed = read(client)
    assert not failed
    for name, tags in expected.items():
        assert tags.items() <= found[name].items()


@pytest.mark.parametrize("fault", [Fault.LOST_CURSOR, Fault.ENDLESS])
def test_a_partial_listing_is_never_complete(fault: Fault, vendor: Vendor) -> None:
    """Everything is read despite the fault, or there is an error."""
    with_fault(vendor, fault)
    vendor.faults.add(Fault.SHORT_PAGES)
    expect_all_or_an_error(vendor)


@pytest.mark.parametrize("fault", [Fault.WEB_PAGE, Fault.COMPRESSED, Fault.CUT_OFF])
def test_an_unusable_response_is_an_error_and_not_an_empty_registry(
    fault: Fault, vendor: Vendor
) -> None:
    with_fault(vendor, fault)
    with closing(vendor.connect()) as client, pytest.raises(RegistryError):
        list(client.repositories())
    if fault is Fault.WEB_PAGE:
        with closing(vendor.connect()) as client, pytest.raises(RegistryError) as caught:
            client.ping()
        assert not isinstance(caught.value, NotFound)


def test_credentials_that_may_not_list_raise_catalog_forbidden(vendor: Vendor) -> None:
    with_fault(vendor, Fault.CATALOG_DENIED)
    with closing(vendor.connect()) as client:
        with pytest.raises(CatalogForbidden):
            list(client.repositories())
        found, failed = read(client, [vendor.first])
    assert (found, failed) == ({vendor.first: vendor.expected[vendor.first]}, {})


def test_a_denied_repository_does_not_stop_the_others(vendor: Vendor) -> None:
    with_fault(vendor, Fault.REPOSITORY_DENIED)
    with closing(vendor.connect()) as client:
        found, failed = read(client)
    others = {name: tags for name, tags in vendor.expected.items() if name != vendor.first}
    assert found == others
    assert isinstance(failed[vendor.first], AccessDenied | NotFound)


def test_a_renamed_repository_is_not_found(vendor: Vendor) -> None:
    with_fault(vendor, Fault.RENAMED)
    with closing(vendor.connect()) as client:
        found, failed = read(client)
    assert set(found) == set(vendor.expected) - {vendor.first}
    assert isinstance(failed[vendor.first], NotFound)


def test_wrong_credentials_raise_authentication_failed(vendor: Vendor) -> None:
    with_fault(vendor, Fault.WRONG_LOGIN)
    with closing(vendor.connect()) as client:
        with pytest.raises(AuthenticationFailed):
            client.ping()
        with pytest.raises(AuthenticationFailed):
            list(client.repositories())


def test_a_tag_is_resolved_and_a_missing_one_is_absent(vendor: Vendor) -> None:
    there, gone = Reference(vendor.first, "v0"), Reference(vendor.first, "never-pushed")
    with closing(vendor.connect()) as client:
        answers = {answer.reference: answer for answer in client.resolve([there, gone])}
    assert answers[there].digest == vendor.expected[vendor.first]["v0"]
    assert answers[gone].absent


@pytest.mark.parametrize("fault", [Fault.WEB_PAGE, Fault.COMPRESSED, Fault.CUT_OFF])
def test_an_unusable_response_does_not_make_a_tag_absent(fault: Fault, vendor: Vendor) -> None:
    with_fault(vendor, fault)
    with closing(vendor.connect()) as client:
        try:
            answers = list(client.resolve([Reference(vendor.first, "v0")]))
        except RegistryError:
            return
    assert [(answer.absent, answer.digest) for answer in answers] == [(False, None)]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_error_and_is_not_followed(status: int, vendor: Vendor) -> None:
    with fake_server({"*": answer_json({})}) as other:
        target = {"Location": f"{other.url}/v2/"}
        with closing(vendor.connect()) as client:
            client.ping()
            vendor.by_fault[Fault.REDIRECTED] = reply(status, headers=target)
            vendor.faults.add(Fault.REDIRECTED)
            with pytest.raises(RegistryError):
                list(client.repositories())
            parts = list(client.tags([vendor.first]))
            assert not any(part.complete or isinstance(part.error, NotFound) for part in parts)
            answers = list(client.resolve([Reference(vendor.first, "v0")]))
        assert [(answer.absent, answer.digest) for answer in answers] == [(False, None)]
        assert other.requests == []


def test_errors_and_logs_contain_no_secret(
    vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vendor.faults |= {Fault.WRONG_LOGIN, Fault.ECHO}
    with closing(vendor.connect()) as client, pytest.raises(RegistryError) as caught:
        client.ping()
    assert vendor.secret not in str(caught.value)
    assert vendor.secret not in caplog.text


def test_urls_contain_no_secret(vendor: Vendor) -> None:
    with closing(vendor.connect()) as client:
        client.ping()
        read(client)
    assert not [request for request in vendor.server.requests if vendor.secret in request.target]


def test_links_to_another_host_are_not_followed_and_lose_no_tag(vendor: Vendor) -> None:
    """Only the query of a link is used, or the link is refused."""
    vendor.faults |= {Fault.FOREIGN_LINKS, Fault.SHORT_PAGES} - vendor.without.keys()
    with fake_server({"*": answer_json({})}) as other:
        vendor.elsewhere = other.url
        expect_all_or_an_error(vendor)
        assert other.requests == []


def test_requests_are_counted(vendor: Vendor) -> None:
    with closing(vendor.connect()) as client:
        read(client)
        assert client.traffic.requests == len(vendor.server.requests)


def test_the_declaration_is_complete(vendor: Vendor) -> None:
    provider = PROVIDERS[vendor.slug]
    assert provider.name
    assert provider.slug == vendor.slug
    assert [field for field in provider.credential_fields if field.is_secret]
    for asked in provider.credential_fields:
        assert asked.label
        assert asked.help
    for option in provider.options:
        assert option.label
        assert option.help
