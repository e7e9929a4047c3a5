"""Checks that verify deliveries: over the raw body, in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac

from registries.providers.shared.delivery import Check, Delivery, Receiver


def hmac_signature(header: str, algorithm: str, *, prefix: str = "") -> Check:
    """Check an HMAC of the raw body, in hexadecimal, in ``header`` after ``prefix``."""

    def check(delivery: Delivery, receiver: Receiver) -> bool:
        received = delivery.header(header)
        if not receiver.secret or not received.startswith(prefix):
            return False
        key = receiver.secret.encode()
        expected = hmac.new(key, delivery.body, getattr(hashlib, algorithm)).hexdigest()
        return _is_same(received.removeprefix(prefix).lower(), expected)

    return check


def shared_secret(header: str, *, prefixes: tuple[str, ...] = ("",)) -> Check:
    """Check the secret itself in ``header``, after one of ``prefixes``."""

    def check(delivery: Delivery, receiver: Receiver) -> bool:
        received = delivery.header(header)
        matches = [_is_same(received, f"{prefix}{receiver.secret}") for prefix in prefixes]
        return bool(receiver.secret) and any(matches)

    return check


def basic_password(header: str = "Authorization") -> Check:
    """Check the secret as the password of Basic authentication, with any user name (RFC 7617)."""

    def check(delivery: Delivery, receiver: Receiver) -> bool:
        scheme, _, encoded = delivery.header(header).partition(" ")
        if not receiver.secret or scheme.lower() != "basic":
            return False
        try:
            received = base64.b64decode(encoded, validate=True).decode()
        except ValueError:
            return False
        return _is_same(received.partition(":")[2], receiver.secret)

    return check


def any_of(*checks: Check) -> Check:
    """Accept any of several verifications, for products that choose by version or configuration."""

    def check(delivery: Delivery, receiver: Receiver) -> bool:
        results = [check_one(delivery, receiver) for check_one in checks]
        return any(results)

    return check


def _is_same(received: str, expected: str) -> bool:
    return hmac.compare_digest(received.encode(), expected.encode())
