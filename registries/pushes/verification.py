"""Proofs that a delivery is from whom it says: over the raw body, in constant time."""

from __future__ import annotations

import hashlib
import hmac

from registries.pushes.delivery import Check, Delivery, Receiver


def signed(header: str, algorithm: str, *, prefix: str = "") -> Check:
    """An HMAC of the raw body, in hexadecimal, in ``header`` after ``prefix``."""

    def check(delivery: Delivery, receiver: Receiver) -> bool:
        given = delivery.header(header)
        if not receiver.secret or not given.startswith(prefix):
            return False
        key = receiver.secret.encode()
        expected = hmac.new(key, delivery.body, getattr(hashlib, algorithm)).hexdigest()
        return _is_same(given.removeprefix(prefix).lower(), expected)

    return check


def told(header: str, *, prefixes: tuple[str, ...] = ("",)) -> Check:
    """The secret itself in ``header``, after one of ``prefixes``."""

    def check(delivery: Delivery, receiver: Receiver) -> bool:
        given = delivery.header(header)
        matches = [_is_same(given, f"{prefix}{receiver.secret}") for prefix in prefixes]
        return bool(receiver.secret) and any(matches)

    return check


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
