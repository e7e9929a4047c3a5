"""Names of images where one product holds several Docker repositories, each under its key.

At an address that the whole product shares, an image is "docker-local/team/app"; at a port or
host that belongs to one repository alone, it is "team/app".
"""

from __future__ import annotations

from dataclasses import dataclass

BY_PATH = "path"
BY_HOST = "host"


@dataclass(frozen=True, slots=True)
class KeyedNames:
    """``own_key`` is the key that the address belongs to, empty where that is not known.

    It is None where the address is shared: names begin with their key there.
    """

    own_key: str | None = None

    def name(self, key: str, image: str) -> str:
        return f"{key}/{image}" if self.own_key is None else image

    def parts(self, name: str) -> tuple[str, str]:
        """The key, and the image in it; either may be empty."""
        if self.own_key is not None:
            return self.own_key, name
        key, _, image = name.partition("/")
        return key, image


def keyed_names(addressing: str, keys: tuple[str, ...]) -> KeyedNames:
    """``keys`` are those that the connection names."""
    if addressing != BY_HOST:
        return KeyedNames()
    return KeyedNames(keys[0] if len(keys) == 1 else "")
