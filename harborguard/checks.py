"""System checks: a wrong configuration speaks before the first request does."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from registries.services import keyring


@register
def credential_keys_are_usable(**_: Any) -> list[CheckMessage]:
    try:
        keyring()
    except ValueError as error:
        return [
            Error(
                f"HARBORGUARD_CREDENTIAL_KEYS cannot be used: {error}",
                hint="Write id:hex, 64 hexadecimal digits from `openssl rand -hex 32`; "
                "the first key encrypts, older ones follow after commas",
                id="harborguard.E001",
            )
        ]
    return []
