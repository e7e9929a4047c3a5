"""Each product's API turns the answers that go wrong into the right errors.

`responses` answers in place of libcurl, so this covers statuses and bodies; the contract suite
covers the transport over real sockets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import responses

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    ChallengeInvalid,
    MalformedResponse,
    NotFound,
    RateLimited,
    RegistryError,
    UnexpectedStatus,
)
from registries.providers.acr.api import AcrAPI
from registries.providers.artifact_registry.api import ArtifactRegistry
from registries.providers.artifact_registry.names import Place
from registries.providers.artifactory.api import Artifactory
from registries.providers.docker_hub.api import DockerHubAPI
from registries.providers.ecr.api import ECR
from registries.providers.ecr.errors import LoginExpired, ParameterRefused, RepositoryNotFound
from registries.providers.ghcr.api import GitHubPackages
from registries.providers.gitea.api import GiteaAPI
from registries.providers.gitlab.api import GitLabAPI
from registries.providers.harbor.api import HarborAPI
from registries.providers.nexus.api import Nexus
from registries.providers.quay.api import QuayAPI
from registries.providers.shared.login import FixedLogin
from registries.providers.shared.native_api import NativeAPI
from registries.providers.zot.api import ZotSearch
from registries.transport.endpoint import Credential, Endpoint
from registries.transport.limits import Limits
from registries.transport.origin import Origin

ORIGIN = "https://registry.example.com"
SEND = "registries.transport.adapter.CurlAdapter.send"
JSON = "application/json"
EVERYWHERE = re.compile("")
HTML = "text/html; charset=utf-8"
IMPATIENT = Limits(attempts=1, retry_after_seconds=0)
PAGE = "<!doctype html><title>Sign in</title>"

Expected = tuple[type[RegistryError], str]


@dataclass(frozen=True)
class Product:
    """One listing of a product's API, the path that its errors name, and its odd JSON."""

    read: Callable[[Endpoint], Iterator[Any]]
    path: str
    malformed: Mapping[str, str]
    statuses: Mapping[int, Expected] = field(default_factory=dict)


PRODUCTS = {
    "acr": Product(
        lambda endpoint: AcrAPI(endpoint).manifests("team/app"),
        "/acr/v1/team/app/_manifests",
        {
            "[]": '"manifests" is missing',
            '{"tags": []}': '"manifests" is missing',
            '{"manifests": {}}': "not a list of objects",
            '{"manifests": ["sha256:0"]}': "not a list of objects",
        },
        {401: (ChallengeInvalid, "Challenge invalid: it names no authentication scheme")},
    ),
    "artifact_registry": Product(
        lambda endpoint: ArtifactRegistry(endpoint, FixedLogin()).images(
            Place("project", "europe", "images")
        ),
        "/v1/projects/project/locations/europe/repositories/images/dockerImages",
        {
            "[]": "",
            '{"dockerImages": {}}': "not a list of objects",
            '{"dockerImages": ["app"]}': "not a list of objects",
        },
    ),
    "artifactory": Product(
        lambda endpoint: iter(Artifactory(NativeAPI(endpoint)).kinds()),
        "/artifactory/api/repositories",
        {
            "{}": "not a list of objects",
            '["docker-local"]': "not a list of objects",
        },
    ),
    "docker_hub": Product(
        lambda endpoint: DockerHubAPI(endpoint).repositories("team"),
        "/v2/namespaces/team/repositories",
        {
            "[]": '"results" is missing',
            '{"count": 1}': '"results" is missing',
            '{"results": {}}': "not a list of objects",
            '{"results": ["app"]}': "not a list of objects",
        },
    ),
    "ghcr": Product(
        lambda endpoint: GitHubPackages(endpoint).own_repositories(),
        "/user/packages",
        {"{}": "not a list of objects", '["app"]': "not a list of objects"},
    ),
    "gitea": Product(
        lambda endpoint: GiteaAPI(endpoint).versions("team"),
        "/api/v1/packages/team",
        {"{}": "not a list of objects", '["app"]': "not a list of objects"},
    ),
    "gitlab": Product(
        lambda endpoint: GitLabAPI(endpoint).projects(),
        "/api/v4/projects",
        {"{}": "not a list of objects", '["app"]': "not a list of objects"},
    ),
    "harbor": Product(
        lambda endpoint: HarborAPI(endpoint).artifacts("team/app"),
        "/api/v2.0/projects/team/repositories/app/artifacts",
        {"{}": "not a list of objects", '["sha256:0"]': "not a list of objects"},
    ),
    "nexus": Product(
        lambda endpoint: Nexus(NativeAPI(endpoint)).components("docker-hosted"),
        "/service/rest/v1/components",
        {
            "[]": '"items" is missing',
            '{"continuationToken": null}': '"items" is missing',
            '{"items": {}}': "not a list of objects",
        },
    ),
    "quay": Product(
        lambda endpoint: QuayAPI(endpoint).repositories("team"),
        "/api/v1/repository",
        {
            "[]": '"repositories" is missing',
            '{"repositories": {}}': "not a list of objects",
            '{"repositories": [], "next_page": 7}': 'unusable "next_page"',
        },
    ),
    "zot": Product(
        lambda endpoint: ZotSearch(endpoint).images(""),
        "/v2/_zot/ext/search",
        {
            "[]": '"data" is missing',
            '{"data": {}}': '"ImageList" is missing',
            '{"data": {"ImageList": {"Results": {}}}}': "not a list of objects",
            '{"data": {"ImageList": {"Results": []}}}': '"Page" is missing',
        },
    ),
}
STATUSES: Mapping[int, Expected] = {
    401: (AuthenticationFailed, "Authentication failed: status 401 on {path}"),
    403: (AccessDenied, "Access denied: status 403 on {path}"),
    404: (NotFound, "Not found: {path}"),
    429: (RateLimited, "Rate limited: too many requests for " + ORIGIN),
    500: (UnexpectedStatus, "Unexpected status 500 on {path}"),
    502: (UnexpectedStatus, "Unexpected status 502 on {path}"),
    503: (UnexpectedStatus, "Unexpected status 503 on {path}"),
}
each_product = pytest.mark.parametrize("product", PRODUCTS.values(), ids=PRODUCTS)


AWS_CODES: Mapping[tuple[int, str], Expected] = {
    (400, "UnrecognizedClientException"): (AuthenticationFailed, "Authentication failed"),
    (400, "ExpiredTokenException"): (LoginExpired, "Authentication failed"),
    (403, "InvalidSignatureException"): (AuthenticationFailed, "Authentication failed"),
    (400, "AccessDeniedException"): (AccessDenied, "Access denied"),
    (400, "RepositoryNotFoundException"): (RepositoryNotFound, "Not found"),
    (400, "ImageNotFoundException"): (NotFound, "Not found"),
    (400, "InvalidParameterException"): (ParameterRefused, "Unexpected answer"),
    (400, "SomethingNewException"): (UnexpectedStatus, "Unexpected answer"),
    (500, "ServerException"): (UnexpectedStatus, "Unexpected answer"),
}


def error_of(
    read: Callable[[Endpoint], Iterator[Any]],
    body: str,
    *,
    status: int = 200,
    media_type: str = JSON,
    **endpoint: Any,
) -> RegistryError:
    """Return the error of a listing if every request gets this answer."""
    with responses.RequestsMock(target=SEND) as registry:
        for method in (responses.GET, responses.POST):
            registry.add(method, EVERYWHERE, body=body, status=status, content_type=media_type)
        registry.assert_all_requests_are_fired = False
        with pytest.raises(RegistryError) as raised:
            list(read(Endpoint(Origin.parse(ORIGIN), limits=IMPATIENT, **endpoint)))
    return raised.value


@pytest.mark.parametrize("status", STATUSES)
@each_product
def test_a_status_is_the_error_of_that_status(product: Product, status: int) -> None:
    kind, message = {**STATUSES, **product.statuses}[status]

    error = error_of(product.read, '{"errors": []}', status=status)

    assert type(error) is kind
    assert error.status == (None if kind is ChallengeInvalid else status)
    assert message.format(path=product.path) in str(error)


@pytest.mark.parametrize("status", [404, 500, 502])
@each_product
def test_a_web_page_says_nothing_about_the_registry(product: Product, status: int) -> None:
    """A proxy's own 404 must not make a repository look deleted."""
    error = error_of(product.read, PAGE, status=status, media_type=HTML)

    assert type(error) is UnexpectedStatus
    assert f"Unexpected status {status} on {product.path}" in str(error)
    assert "<" not in str(error)


@pytest.mark.parametrize(
    ("body", "media_type", "message"),
    [
        (PAGE, HTML, "a web page instead of JSON"),
        ("", JSON, "an empty body instead of JSON"),
        ('{"items": [{"name": "ap', JSON, "something else instead of JSON"),
        ("7", JSON, "neither an object nor a list"),
    ],
    ids=["web page", "empty", "truncated", "number"],
)
@each_product
def test_a_body_that_is_no_document_is_malformed(
    product: Product, body: str, media_type: str, message: str
) -> None:
    error = error_of(product.read, body, media_type=media_type)

    assert type(error) is MalformedResponse
    assert f"Malformed response on {product.path}: {message}" in str(error)


@pytest.mark.parametrize(
    ("product", "body", "message"),
    [
        pytest.param(product, body, message, id=f"{slug}: {body}")
        for slug, product in PRODUCTS.items()
        for body, message in product.malformed.items()
    ],
)
def test_a_document_of_another_shape_is_malformed(
    product: Product, body: str, message: str
) -> None:
    error = error_of(product.read, body)

    assert type(error) is MalformedResponse
    assert f"Malformed response on {product.path}: {message}" in str(error)


@pytest.mark.parametrize(("status", "code"), AWS_CODES)
def test_an_aws_code_is_the_error_of_that_code(status: int, code: str) -> None:
    kind, message = AWS_CODES[status, code]

    error = error_of_ecr(f'{{"__type": "{code}", "message": "Not today"}}', status=status)

    assert type(error) is kind
    assert error.status == status
    assert str(error) == f"{message}: DescribeImages of AWS says {code}: Not today"


@pytest.mark.parametrize("body", ["[]", "{}", PAGE, "", '{"imageDet'])
def test_an_answer_of_aws_without_images_is_malformed(body: str) -> None:
    assert type(error_of_ecr(body)) is MalformedResponse


def error_of_ecr(body: str, *, status: int = 200) -> RegistryError:
    return error_of(
        lambda endpoint: ECR(endpoint).images("team/app"),
        body,
        status=status,
        media_type="application/x-amz-json-1.1",
        credential=Credential("AKIAIOSFODNN7EXAMPLE", "a-secret-key"),
        options={"region": "eu-west-1", "registry_id": "123456789012", "api_url": ORIGIN},
    )
