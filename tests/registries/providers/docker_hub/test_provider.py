"""Docker Hub: namespaces, tokens and hosts."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from registries.errors import AccessDenied, AuthenticationFailed, CatalogForbidden
from registries.oci.reference import Reference
from registries.providers import PROVIDERS, detect
from registries.providers.docker_hub.api import DockerHubAPI
from registries.providers.docker_hub.provider import api_of, registry_of
from registries.providers.shared.base import Tag
from registries.transport.endpoint import Credential
from registries.transport.origin import Origin
from tests.fakes.endpoints import endpoint
from tests.fakes.replies import answer_json
from tests.fakes.vendors.docker_hub import DockerHub
from tests.fakes.vendors.fault import Fault
from tests.fakes.vendors.listings import all_tags
from tests.fakes.vendors.vendor import FIRST_REPOSITORY, Image

PROVIDER = PROVIDERS["docker-hub"]


class HubOfAnOrganisation(DockerHub):
    username = "team"
    secret = "dckr_oat_c4nary"


@pytest.fixture
def hub() -> Iterator[DockerHub]:
    with DockerHub.serve() as fake:
        fake.fill(2, 3)
        yield fake


@pytest.fixture
def for_an_organisation() -> Iterator[DockerHub]:
    with HubOfAnOrganisation.serve() as fake:
        fake.fill(2, 3)
        yield fake


@pytest.mark.parametrize(
    "host",
    [
        "docker.io",
        "index.docker.io",
        "registry-1.docker.io",
        "registry.hub.docker.com",
        "hub.docker.com",
    ],
)
def test_every_docker_host_uses_the_right_registry_and_api(host: str) -> None:
    typed = endpoint(f"https://{host}", Credential("reader", "secret"))
    assert detect(typed.origin) == "docker-hub"
    assert str(registry_of(typed).origin) == "https://registry-1.docker.io"
    assert str(api_of(typed).origin) == "https://hub.docker.com"


@pytest.mark.parametrize("host", ["docker.io.evil.example", "evil-docker.io", "docker.example"])
def test_another_host_is_not_docker_hub(host: str) -> None:
    typed = endpoint(f"https://{host}", Credential("reader", "secret"))
    assert detect(typed.origin) == "distribution"
    assert registry_of(typed).origin == typed.origin
    assert api_of(typed).origin == typed.origin


def test_credentials_are_never_sent_over_plain_http() -> None:
    typed = endpoint("http://docker.io", Credential("reader", "secret"))
    assert registry_of(typed).origin.scheme == api_of(typed).origin.scheme == "https"


def test_the_api_url_can_be_configured() -> None:
    address = {"api_url": "https://proxy.example:8443"}
    typed = endpoint("https://docker.io", Credential("reader", "secret"), options=address)
    assert api_of(typed).origin == Origin.parse("https://proxy.example:8443")


def test_the_api_url_leads_the_credential() -> None:
    leading = [option.name for option in PROVIDER.options if option.leads_credential]
    assert leading == ["api_url"]


def test_details_in_the_listing_are_read(hub: DockerHub) -> None:
    hub.kinds = {"v1": "helm", "v2": "plugin"}
    with closing(hub.connect()) as client:
        tags = all_tags(client)
    image = tags["v0"]
    assert image.digest == hub.content[FIRST_REPOSITORY]["v0"].digest
    assert image.media_type == "application/vnd.oci.image.index.v1+json"
    assert image.details.size == 1234
    assert image.details.pushed_at == datetime(2026, 3, 2, 10, 0, 0, 123456, UTC)
    assert image.details.platforms == ("linux/amd64", "linux/arm64/v8")
    assert image.details.artifact_type == ""
    assert tags["v1"].details.artifact_type == "application/vnd.cncf.helm.config.v1+json"
    assert tags["v2"].details.artifact_type == "application/vnd.docker.plugin.v1+json"


@pytest.mark.parametrize("images", [None, "none", [None, {"os": 5}], {"os": "linux"}])
def test_invalid_details_are_unknown(images: object, hub: DockerHub) -> None:
    path = "/v2/namespaces/team/repositories/app/tags"
    row = {"name": "v0", "images": images, "full_size": "much", "tag_last_pushed": 5}
    hub.server.routes[path] = answer_json({"next": None, "results": [row]}, headers={})
    with closing(hub.connect()) as client:
        assert all_tags(client) == {"v0": Tag("v0")}


def test_a_repository_of_a_hundred_tags_costs_one_request(
    hub: DockerHub,
) -> None:
    hub.content.clear()
    hub.fill(100, 100)
    with closing(hub.connect()) as client:
        client.ping()
        listed = sum(len(part.tags) for part in client.tags(client.repositories()))
    assert listed == 10_000
    # A ping with its token, a login, the organizations and two namespaces, then the tags.
    assert len(hub.server.requests) == 3 + 1 + 1 + 2 + 100
    assert hub.logins == 1


def test_a_tag_without_a_digest_is_resolved_later(hub: DockerHub) -> None:
    hub.without_digest.add("v1")
    with closing(hub.connect()) as client:
        tags = all_tags(client)
        assert tags["v1"].digest is None
        [answer] = client.resolve([Reference(FIRST_REPOSITORY, "v1")])
    assert answer.digest == hub.content[FIRST_REPOSITORY]["v1"].digest


def test_only_configured_namespaces_are_read(hub: DockerHub) -> None:
    hub.content["library/alpine"] = {"3": Image(f"sha256:{'a' * 64}")}
    options = {**hub.options, "namespaces": ("library",)}
    with closing(hub.connect(options=options)) as client:
        assert list(client.repositories()) == ["library/alpine"]
    assert not hub.server.asked("/v2/user/orgs/")


def test_namespaces_are_in_lower_case() -> None:
    [option] = [option for option in PROVIDER.options if option.name == "namespaces"]
    assert option.check("Team") == "team"
    with pytest.raises(ValueError, match="not a valid name"):
        option.check("team/app")


def test_a_user_reads_their_namespace_without_organizations(hub: DockerHub) -> None:
    hub.user_organisations = None
    hub.content["robot/tool"] = {"1": Image(f"sha256:{'b' * 64}")}
    with closing(hub.connect()) as client:
        assert list(client.repositories()) == ["robot/tool"]


def test_a_refused_namespace_does_not_stop_the_others(hub: DockerHub) -> None:
    path = "/v2/namespaces/closed/repositories"
    hub.server.routes[path] = answer_json({"message": "forbidden"}, 403, {})
    options = {**hub.options, "namespaces": ("closed", "team")}
    with closing(hub.connect(options=options)) as client:
        names = client.repositories()
        assert sorted((next(names), next(names))) == [FIRST_REPOSITORY, f"{FIRST_REPOSITORY}-1"]
        with pytest.raises(AccessDenied, match="part of the catalog"):
            next(names)


def test_anonymous_access_requires_namespaces(hub: DockerHub) -> None:
    with closing(hub.connect(credential=None)) as client:
        client.ping()
        with pytest.raises(CatalogForbidden) as caught:
            list(client.repositories())
    assert "namespaces" in caught.value.hint


def test_anonymous_access_reads_public_repositories(hub: DockerHub) -> None:
    hub.private.add(f"{FIRST_REPOSITORY}-1")
    options = {**hub.options, "namespaces": ("team",)}
    with closing(hub.connect(credential=None, options=options)) as client:
        client.ping()
        assert list(client.repositories()) == [FIRST_REPOSITORY]
        assert set(all_tags(client)) == {"v0", "v1", "v2"}
        [listing] = client.tags([f"{FIRST_REPOSITORY}-1"])
    assert isinstance(listing.error, AccessDenied)
    assert hub.logins == 0


def test_pages_refused_to_anonymous_callers_are_read_from_the_registry(
    hub: DockerHub,
) -> None:
    hub.content[FIRST_REPOSITORY] = {f"v{n}": Image(f"sha256:{n:064x}") for n in range(250)}
    hub.anonymous_pages = 1
    with closing(hub.connect(credential=None)) as client:
        parts = list(client.tags([FIRST_REPOSITORY]))
    names = [tag.name for part in parts for tag in part.tags]
    assert sorted(names) == sorted(hub.content[FIRST_REPOSITORY])
    assert [part.complete for part in parts].count(True) == 1
    assert sum(1 for part in parts for tag in part.tags if tag.digest) == 100


def test_an_organization_token_reads_its_organization(for_an_organisation: DockerHub) -> None:
    with closing(for_an_organisation.connect()) as client:
        assert sorted(client.repositories()) == [FIRST_REPOSITORY, f"{FIRST_REPOSITORY}-1"]
    assert not for_an_organisation.server.asked("/v2/user/orgs/")


def test_a_deleted_repository_is_absent_although_the_registry_denies_access(
    hub: DockerHub,
) -> None:
    reference = Reference("team/deleted", "v1")
    with closing(hub.connect()) as client:
        [answer] = client.resolve([reference])
    assert answer.absent


def test_a_repository_hidden_from_an_organization_token_is_not_absent(
    for_an_organisation: DockerHub,
) -> None:
    with closing(for_an_organisation.connect()) as client:
        [answer] = client.resolve([Reference("team/deleted", "v1")])
    assert not answer.absent
    assert isinstance(answer.error, AccessDenied)


def test_the_api_returns_a_digest_that_the_registry_denies(hub: DockerHub) -> None:
    hub.repository_refusal = lambda name: hub.challenge(  # type: ignore[method-assign]
        hub.server.requests[-1], error="insufficient_scope"
    )
    with closing(hub.connect()) as client:
        [answer] = client.resolve([Reference(FIRST_REPOSITORY, "v1")])
    assert answer.digest == hub.content[FIRST_REPOSITORY]["v1"].digest


def test_a_ping_logs_in_to_the_api_too(hub: DockerHub) -> None:
    hub.server.routes["/v2/auth/token"] = answer_json({"message": "no"}, 403, {})
    with closing(hub.connect()) as client, pytest.raises(AuthenticationFailed):
        client.ping()


def test_rejected_credentials_end_the_listing(hub: DockerHub) -> None:
    hub.faults.add(Fault.WRONG_LOGIN)
    with closing(hub.connect()) as client, pytest.raises(AuthenticationFailed) as caught:
        list(client.tags([FIRST_REPOSITORY]))
    assert "incorrect username or password" in str(caught.value)


def test_the_link_to_a_next_page_does_not_change_the_host(hub: DockerHub) -> None:
    hub.faults.add(Fault.SHORT_PAGES)
    with closing(hub.connect()) as client:
        assert len(all_tags(client)) == 3
    asked = [request.target for request in hub.server.requests if "/tags" in request.target]
    assert len(asked) == 3
    assert all(target.startswith("/v2/namespaces/team/") for target in asked)


def test_a_link_without_a_page_is_not_the_end_of_a_listing(hub: DockerHub) -> None:
    path = "/v2/namespaces/team/repositories/app/tags"
    document = {"next": "https://hub.docker.com/", "results": [{"name": "v0"}]}
    hub.server.routes[path] = answer_json(document, headers={})
    with closing(hub.connect()) as client:
        parts = list(client.tags([FIRST_REPOSITORY]))
    assert [part.complete for part in parts] == [False, False]
    assert parts[-1].error is not None


def test_names_outside_the_grammar_are_reported_and_not_read(hub: DockerHub) -> None:
    hub.content["team/Bad"] = {}
    hub.content[FIRST_REPOSITORY]["-not a tag" + "x" * 400] = Image(f"sha256:{'c' * 64}")
    with closing(hub.connect()) as client:
        assert "team/Bad" not in list(client.repositories())
        parts = list(client.tags([FIRST_REPOSITORY]))
        assert client.rejected_repositories == ("team/Bad",)
    [name] = [name for part in parts for name in part.rejected]
    assert name.startswith("-not a tag")
    assert len(name) == 300


def test_a_token_without_an_expiry_is_used(hub: DockerHub) -> None:
    hub.server.routes["/v2/auth/token"] = answer_json({"access_token": "eyopaque"}, headers={})
    with closing(hub.connect()) as client:
        assert sorted(client.repositories()) == [FIRST_REPOSITORY, f"{FIRST_REPOSITORY}-1"]
    assert len(hub.server.asked("/v2/auth/token")) == 1


@pytest.mark.parametrize("token", ["", "two\r\nlines", None, 5])
def test_an_invalid_token_is_not_sent(token: object, hub: DockerHub) -> None:
    hub.server.routes["/v2/auth/token"] = answer_json({"access_token": token}, headers={})
    api = DockerHubAPI(hub.endpoint())
    with closing(api), pytest.raises(Exception, match="no token"):
        api.confirm_login()


def test_a_token_is_cached_for_its_lifetime(hub: DockerHub) -> None:
    payload = base64.urlsafe_b64encode(json.dumps({"iat": 100, "exp": 100}).encode()).decode()
    token = f"ey.{payload.rstrip('=')}.sig"
    hub.server.routes["/v2/auth/token"] = answer_json({"access_token": token}, headers={})
    with closing(DockerHubAPI(hub.endpoint())) as api:
        list(api.organizations())
        list(api.organizations())
    assert len(hub.server.asked("/v2/auth/token")) == 2


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        (Credential(" reader ", " secret\n"), Credential("reader", "secret")),
        (Credential("", ""), Credential("", "")),
    ],
)
def test_credentials_are_stripped(given: Credential, normal: Credential) -> None:
    assert PROVIDER.login(given) == normal


def test_a_token_requires_a_user_name() -> None:
    with pytest.raises(ValueError, match="Enter a user name") as caught:
        PROVIDER.login(Credential("", "dckr_pat_secret"))
    assert "dckr_pat_secret" not in str(caught.value)


def test_an_email_address_is_not_a_namespace() -> None:
    login = replace(endpoint("https://docker.io"), credential=Credential("me@example.com", "x"))
    with closing(DockerHubAPI(login)) as api:
        assert api.own_namespace() == ""
