"""Image names of products that hold several Docker repositories, each under a key.

At the product's shared address an image is "docker-local/team/app". At a port or host of one
repository it is "team/app".
"""

from __future__ import annotations

from dataclasses import dataclass

BY_PATH = "path"
BY_HOST = "host"


@dataclass(frozen=True, slots=True)
class KeyedNames:
    """The image names at an address.

    ``own_key`` is the key that the address belongs to, or "" if unknown. It is None for a shared
    address, where names begin with their key.
    """

    own_key: str | None = None

    def name(self, key: str, image: str) -> str:
        return f"{key}/{image}" if self.own_key is None else image

    def split(self, name: str) -> tuple[str, str]:
        """Return the key and the image in a name; either may be empty."""
        if self.own_key is not None:
            return self.own_key, name
        key, _, image = name.partition("/")
        return key, image


def keyed_names(addressing: str, keys: tuple[str, ...]) -> KeyedNames:
    """Return the names at a connection's address. ``keys`` are its configured repositories."""
    if addressing != BY_HOST:
        return KeyedNames()
    return KeyedNames(keys[0] if len(keys) == 1 else "")
