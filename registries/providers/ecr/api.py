"""The API of ECR: repositories, and the images of one.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from registries.errors import AccessDenied, MalformedResponse, NotFound, PaginationUntrusted
from registries.oci.pagination import MAX_NAMES
from registries.oci.reference import Reference
from registries.providers.ecr.aws import AWSLogin, AWSService
from registries.providers.ecr.errors import ParameterRefused
from registries.providers.ecr.location import location_of
from registries.providers.shared.native_api import member, objects
from registries.providers.shared.paging import MAX_PAGES, MAX_SECONDS
from registries.transport.endpoint import Endpoint

PAGE_SIZE = 1000
# Images per request, when they are requested by name.
BATCH_SIZE = 100

Row = dict[str, Any]
Parameters = dict[str, Any]

# Include archived images, which exist although they cannot be pulled directly.
_ANY_STATUS = {"imageStatus": "ANY"}
# The total size of groups that are not full yet.
_MAX_PENDING = 5000


class _Alternatives:
    """Variants of one request, tried in order until one is not refused."""

    def __init__(self, *ways: Parameters) -> None:
        self._ways = ways
        self._taken = 0

    @property
    def are_reduced(self) -> bool:
        """Return whether the first variant was refused."""
        return self._taken > 0

    def first(
        self, ask: Callable[[Parameters], dict[str, Any]], start: int | None = None
    ) -> tuple[dict[str, Any], Parameters]:
        """Return the answer of the first variant that is not refused, and use it from now on."""
        number = self._taken if start is None else start
        try:
            answer = ask(self._ways[number])
        except ParameterRefused:
            if number + 1 == len(self._ways):
                raise
            return self.first(ask, number + 1)
        except NotFound:
            self._taken = number
            raise
        self._taken = number
        return answer, self._ways[number]


class ECR:
    """The registry of one account in one region. Thread-safe."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._login = AWSLogin(endpoint)
        self._api = AWSService(endpoint, "ecr", endpoint.option("api_url"), self._login.keys)
        account = location_of(endpoint).account
        self._registry = {"registryId": account} if account else {}
        self._repositories = _Alternatives({"maxResults": PAGE_SIZE}, {"maxResults": 100})
        tagged = {"tagStatus": "TAGGED"}
        self._images = _Alternatives(
            {"maxResults": PAGE_SIZE, "filter": tagged | _ANY_STATUS},
            {"maxResults": PAGE_SIZE, "filter": tagged},
            {"maxResults": 100, "filter": tagged | _ANY_STATUS},
            {"maxResults": 100, "filter": tagged},
        )
        self._by_name = _Alternatives({"filter": _ANY_STATUS}, {})

    @property
    def hides_archived(self) -> bool:
        """Return whether archived images may be missing, as this API cannot filter by status."""
        return self._by_name.are_reduced

    @property
    def requests(self) -> int:
        return self._api.requests + self._login.requests

    @property
    def bytes_read(self) -> int:
        return self._api.bytes_read + self._login.bytes_read

    def close(self) -> None:
        self._api.close()
        self._login.close()

    def check_login(self) -> None:
        """Return if the keys are accepted, even if they may not list repositories."""
        with suppress(AccessDenied):
            self._ask("describe_repositories", {"maxResults": 1})

    def repositories(self) -> Iterator[list[Row]]:
        """Yield pages of repositories."""
        return self._pages("describe_repositories", {}, self._repositories, "repositories")

    def images(self, repository: str) -> Iterator[list[Row]]:
        """Yield pages of tagged images, one row per digest."""
        named = {"repositoryName": repository}
        return self._pages("describe_images", named, self._images, "imageDetails")

    def tagged(self, repository: str, tags: Sequence[str]) -> list[Row]:
        """Return at most BATCH_SIZE images. Raise NotFound if any of them does not exist."""
        ids = [{"imageTag": tag} for tag in tags]
        named = {"repositoryName": repository, "imageIds": ids}
        answer, _ = self._by_name.first(lambda way: self._ask("describe_images", named | way))
        return _rows(answer, "imageDetails", "describe_images")

    def _pages(
        self, operation: str, named: Parameters, ways: _Alternatives, key: str
    ) -> Iterator[list[Row]]:
        deadline, seen = time.monotonic() + MAX_SECONDS, set[str]()
        count = 0
        answer, way = ways.first(lambda way: self._ask(operation, named | way))
        while True:
            rows = _rows(answer, key, operation)
            count += len(rows)
            yield rows
            if not (token := _next_token(answer, operation)):
                return
            if token in seen:
                raise _untrusted(operation, "loops")
            seen.add(token)
            if len(seen) >= MAX_PAGES or count > MAX_NAMES or time.monotonic() > deadline:
                raise _untrusted(operation, "does not end")
            answer = self._ask(operation, named | way | {"nextToken": token})

    def _ask(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        return self._api.ask(operation, **self._registry, **parameters)


def _rows(answer: dict[str, Any], key: str, operation: str) -> list[Row]:
    return objects(member(answer, key, operation), operation)


def _next_token(answer: dict[str, Any], operation: str) -> str:
    """Return the token, or "" after the last page. boto3 does not check it."""
    token = answer.get("nextToken") or ""
    if not isinstance(token, str):
        raise MalformedResponse(f'Malformed response on {operation}: unusable "nextToken"')
    return token


def _untrusted(operation: str, why: str) -> PaginationUntrusted:
    return PaginationUntrusted(f"Pagination untrusted: the listing of {operation} {why}")


def by_repository(references: Iterable[Reference], most: int) -> Iterator[list[Reference]]:
    """Yield groups of at most ``most`` references of one repository, in any order."""
    pending: dict[str, list[Reference]] = {}
    count = 0
    for reference in references:
        group = pending.setdefault(reference.repository, [])
        group.append(reference)
        count += 1
        if len(group) == most:
            yield pending.pop(reference.repository)
            count -= most
        elif count >= _MAX_PENDING:
            yield from pending.values()
            pending, count = {}, 0
    yield from pending.values()
