"""SNS messages: signatures and confirmations of subscriptions.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import load_pem_x509_certificate

from registries.errors import MalformedResponse, UnexpectedStatus
from registries.oci.remembered import Remembered
from registries.providers.ecr.names import topic_host
from registries.transport.endpoint import Endpoint
from registries.transport.limits import Limits
from registries.transport.origin import Origin
from registries.transport.policy import AddressPolicy
from registries.transport.session import Session, request_headers

CONFIRMATION = "SubscriptionConfirmation"
NOTIFICATION = "Notification"

# Version 1 is the default until the topic's owner chooses 2.
_HASHES: dict[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
_SIGNED["UnsubscribeConfirmation"] = _SIGNED[CONFIRMATION]
_CERTIFICATE = r"/[A-Za-z0-9_-]{1,200}\.pem"
_CONFIRM = r"/\?[A-Za-z0-9_.~%=&:+-]{1,2000}"

# SNS waits 15 seconds for an answer.
_LIMITS = Limits(
    connect_seconds=3.0, total_seconds=5.0, body_bytes=64 * 1024, attempts=1, retry_after_seconds=0
)
_KEY_HOLDS = 24 * 3600.0


def is_signed(message: Mapping[str, Any], topic: str, addresses: AddressPolicy) -> bool:
    """Return whether SNS sent the message for ``topic``.

    Raise RegistryError if that cannot be determined now.
    """
    members = _SIGNED.get(str(message.get("Type")))
    algorithm = _HASHES.get(str(message.get("SignatureVersion")))
    path = _path(message.get("SigningCertURL"), topic, _CERTIFICATE)
    if members is None or algorithm is None or not path or message.get("TopicArn") != topic:
        return False
    try:
        signature = base64.b64decode(str(message.get("Signature")), validate=True)
        key = _key(topic_host(topic), path, addresses).get()
        key.verify(signature, _text(message, members), PKCS1v15(), algorithm())
    except (InvalidSignature, ValueError):
        return False
    return True


def confirm(message: Mapping[str, Any], topic: str, addresses: AddressPolicy) -> None:
    """Confirm the subscription of a ``message`` that ``is_signed``. Raise RegistryError."""
    token = message.get("Token")
    if not _path(message.get("SubscribeURL"), topic, _CONFIRM) or not isinstance(token, str):
        raise MalformedResponse("Malformed message: its subscription cannot be confirmed at SNS")
    query = {"Action": "ConfirmSubscription", "TopicArn": topic, "Token": token}
    _get(topic_host(topic), f"/?{urlencode(query)}", addresses)


def _path(url: Any, topic: str, pattern: str) -> str:
    """Return the path of a URL at the host of ``topic``, or "" for any other URL."""
    host = topic_host(topic)
    match = re.fullmatch(rf"https://{re.escape(host)}({pattern})", url) if _is_text(url) else None
    return match[1] if host and match else ""


def _text(message: Mapping[str, Any], members: tuple[str, ...]) -> bytes:
    present = [name for name in members if _is_text(message.get(name))]
    return "".join(f"{name}\n{message[name]}\n" for name in present).encode()


@lru_cache(maxsize=16)
def _key(host: str, path: str, addresses: AddressPolicy) -> Remembered[RSAPublicKey]:
    """Return the key of the certificate at ``path``. Raise ValueError if it has none."""

    def find_out() -> tuple[RSAPublicKey, float]:
        key = load_pem_x509_certificate(_get(host, path, addresses)).public_key()
        if not isinstance(key, RSAPublicKey):
            raise ValueError("not an RSA key")
        return key, _KEY_HOLDS

    return Remembered(find_out, time.monotonic)


def _get(host: str, target: str, addresses: AddressPolicy) -> bytes:
    origin = _origin(host)
    session = Session(Endpoint(origin, addresses=addresses, limits=_LIMITS))
    try:
        response = session.ask("GET", f"{origin}{target}", request_headers({}))
    finally:
        session.close()
    if response.status_code != 200:
        status = response.status_code
        raise UnexpectedStatus(f"Unexpected status {status} from {origin}", status=status)
    return response.content


def _origin(host: str) -> Origin:
    return Origin.parse(f"https://{host}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
