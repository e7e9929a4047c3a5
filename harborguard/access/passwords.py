"""Generate passwords for other users, to be read aloud or copied once."""

from __future__ import annotations

from django.utils.crypto import get_random_string

# Without characters that look alike.
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"
_LENGTH = 18


def made_password() -> str:
    """Return a password. It begins with a letter, as a password of digits alone is refused."""
    return get_random_string(1, _LETTERS) + get_random_string(_LENGTH - 1, _LETTERS + _DIGITS)
