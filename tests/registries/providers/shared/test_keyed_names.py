from __future__ import annotations

import pytest

from registries.providers.shared.keyed_names import BY_HOST, BY_PATH, KeyedNames, keyed_names


def test_names_at_a_shared_address_start_with_their_key() -> None:
    names = KeyedNames()

    assert names.name("docker-local", "team/app") == "docker-local/team/app"
    assert names.split("docker-local/team/app") == ("docker-local", "team/app")
    assert names.split("app") == ("app", "")


def test_names_at_a_repositorys_own_address_have_no_key() -> None:
    names = KeyedNames("docker-local")

    assert names.name("docker-local", "team/app") == "team/app"
    assert names.split("team/app") == ("docker-local", "team/app")


@pytest.mark.parametrize(
    ("addressing", "keys", "own_key"),
    [
        (BY_PATH, (), None),
        (BY_PATH, ("a",), None),
        (BY_HOST, ("a",), "a"),
        (BY_HOST, (), ""),
        (BY_HOST, ("a", "b"), ""),
    ],
)
def test_a_repositorys_own_address_has_one_key(
    addressing: str, keys: tuple[str, ...], own_key: str | None
) -> None:
    assert keyed_names(addressing, keys).own_key == own_key
