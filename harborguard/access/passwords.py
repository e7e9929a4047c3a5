"""A password for somebody else, to be read aloud or copied once."""

from __future__ import annotations

from django.utils.crypto import get_random_string

# Without what looks like something else.
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"
_LENGTH = 18


def made_password() -> str:
    """It begins with a letter: a password of digits alone is refused."""
    return get_random_string(1, _LETTERS) + get_random_string(_LENGTH - 1, _LETTERS + _DIGITS)
