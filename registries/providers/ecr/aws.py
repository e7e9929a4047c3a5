"""Requests to AWS services, signed with the connection's own keys or those of a role."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from registries.errors import (
    AccessDenied,
    AuthenticationFailed,
    MalformedResponse,
    NotARegistry,
    RegistryError,
)
from registries.oci.remembered import Remembered
from registries.providers.ecr.botocore_transport import sending
from registries.providers.ecr.dialect import AWSDialect
from registries.providers.ecr.errors import LoginExpired, failure
from registries.providers.ecr.location import location_of
from registries.providers.ecr.session import Keys, new_client
from registries.transport.endpoint import Endpoint
from registries.transport.origin import Origin
from registries.transport.session import Session

_FOR_EVER = float("inf")
# The longest session that AWS allows if a role is assumed with another role's keys.
_ROLE_SECONDS = 3600
_ROLE_RENEWED_AFTER = 0.9


@dataclass(frozen=True, slots=True)
class _Client:
    boto: Any
    keys: Keys


class AWSService:
    """One service, such as "ecr". Thread-safe."""

    def __init__(
        self, endpoint: Endpoint, service: str, url: str, keys: Callable[[], tuple[Keys, float]]
    ) -> None:
        """``keys`` returns the signing keys, and for how many seconds they are valid."""
        self._endpoint = endpoint
        self._service = service
        self._url = url
        self._keys = keys
        self._place = location_of(endpoint)
        self._session: Session | None = None
        self._client = Remembered(self._connect, time.monotonic)

    @property
    def requests(self) -> int:
        return self._session.requests if self._session else 0

    @property
    def bytes_read(self) -> int:
        return self._session.bytes_read if self._session else 0

    def close(self) -> None:
        self._client.forget()
        if self._session:
            self._session.close()

    def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send one request. ``operation`` is boto3's name, such as "describe_images"."""
        client = self._client.get()
        try:
            return _call(client, operation, parameters)
        except LoginExpired:
            self._client.forget(client)
        return _call(self._client.get(), operation, parameters)

    def _connect(self) -> tuple[_Client, float]:
        if not self._place.region:
            raise NotARegistry(
                f"Not an ECR registry: {self._endpoint.origin.host} does not contain the "
                "region; enter it in the connection's options"
            )
        keys, seconds = self._keys()
        boto = new_client(self._service, self._place, keys, self._url)
        send = sending(self._opened(boto.meta.endpoint_url), is_json=self._service != "sts")
        boto.meta.events.register("before-send", send)
        return _Client(boto, keys), seconds

    def _opened(self, url: str) -> Session:
        if self._session is None:
            origin = Origin.parse(url)
            self._session = Session(replace(self._endpoint, origin=origin, dialect=AWSDialect()))
        return self._session


class AWSLogin:
    """The keys to sign with: the credentials' own, or those of the role they assume."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._credential = endpoint.credential
        self._role = endpoint.option("role_arn")
        self._external_id = endpoint.option("external_id")
        self._sts = AWSService(endpoint, "sts", endpoint.option("sts_url"), self._own)

    @property
    def requests(self) -> int:
        return self._sts.requests

    @property
    def bytes_read(self) -> int:
        return self._sts.bytes_read

    def close(self) -> None:
        self._sts.close()

    def keys(self) -> tuple[Keys, float]:
        return self._role_keys() if self._role else self._own()

    def _own(self) -> tuple[Keys, float]:
        login = self._credential
        if login is None or not login.username or not login.secret:
            raise AuthenticationFailed(
                "Authentication failed: AWS requires an access key, and the connection has none"
            )
        return Keys(login.username, login.secret), _FOR_EVER

    def _role_keys(self) -> tuple[Keys, float]:
        external = {"ExternalId": self._external_id} if self._external_id else {}
        try:
            answer = self._sts.ask(
                "assume_role",
                RoleArn=self._role,
                RoleSessionName="harborguard",
                DurationSeconds=_ROLE_SECONDS,
                **external,
            )
        except AccessDenied as refusal:
            raise AuthenticationFailed(
                f"Authentication failed: the role cannot be assumed: {refusal}",
                status=refusal.status,
            ) from None
        return _keys_of(answer), _ROLE_SECONDS * _ROLE_RENEWED_AFTER


def _call(client: _Client, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    from botocore.exceptions import ClientError

    try:
        answer: dict[str, Any] = getattr(client.boto, operation)(**parameters)
    except RegistryError:
        raise
    except ClientError as error:
        secrets = tuple(secret for secret in (client.keys.secret, client.keys.token) if secret)
        raise failure(error, secrets) from None
    except Exception as error:  # an untrusted answer may break the parser in any way
        raise MalformedResponse(
            f"Malformed response: boto3 cannot parse the answer to {operation} "
            f"({type(error).__name__})"
        ) from None
    return answer


def _keys_of(answer: dict[str, Any]) -> Keys:
    given = answer.get("Credentials")
    parts = [
        given.get(name) if isinstance(given, dict) else None
        for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")
    ]
    if not all(isinstance(part, str) and part for part in parts):
        raise MalformedResponse("Malformed response: AWS returned no keys for the role")
    return Keys(*map(str, parts))
