from __future__ import annotations

import pytest

from registries.oci.reference import is_digest, is_repository, is_tag

HOSTILE = [
    "",
    " ",
    "../../x",
    "%2e%2e/",
    "a?n=1",
    "a#b",
    "<img onerror>",
    "a\u202e",
    "a\r\n",
    "a\n",
    "\x1b[2J",
    "\ud800",
    "a\x00",
    "x" * 5000,
    "\U0001f4a5",
    None,
    7,
    ["a"],
]


@pytest.mark.parametrize(
    "name", ["a", "library/nginx", "a.b_c__d-e---f/0", "x" * 255, "a/b/c/d/e/f"]
)
def test_it_knows_a_repository(name: str) -> None:
    assert is_repository(name)


@pytest.mark.parametrize(
    "name", [*HOSTILE, "A", "/a", "a/", "a//b", "a..b", "a___b", "-a", "a-", "x" * 256]
)
def test_it_knows_what_is_no_repository(name: object) -> None:
    assert not is_repository(name)


@pytest.mark.parametrize("name", ["latest", "V1.2-rc_3", "_", "0", "a" * 128])
def test_it_knows_a_tag(name: str) -> None:
    assert is_tag(name)


@pytest.mark.parametrize("name", [*HOSTILE, ".a", "-a", "a/b", "a:b", "a" * 129])
def test_it_knows_what_is_no_tag(name: object) -> None:
    assert not is_tag(name)


def test_it_knows_a_digest() -> None:
    assert is_digest(f"sha256:{'0a' * 32}")
    assert is_digest(f"sha512:{'0a' * 64}")


@pytest.mark.parametrize(
    "text",
    [*HOSTILE, f"sha256:{'0A' * 32}", f"sha256:{'0' * 63}", f"md5:{'0' * 32}", "sha256:../../etc"],
)
def test_it_knows_what_is_no_digest(text: object) -> None:
    assert not is_digest(text)
