from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from registries.providers.gitlab.tags import token_batches


def test_batches_keep_the_order() -> None:
    names = [f"team/app-{number}" for number in range(100)]
    batches = list(token_batches(names))
    assert [name for batch in batches for name in batch] == names
    assert len(batches) == 4


@pytest.mark.parametrize("length", [1, 40, 255])
def test_the_token_of_a_batch_fits_into_a_header(length: int) -> None:
    for batch in token_batches(["a" * length] * 100):
        # GitLab's token for each repository, with the names and IDs of repository and project.
        access = [
            {
                "type": "repository",
                "name": name,
                "actions": ["pull"],
                "meta": {"project_path": name, "project_id": 12345678, "root_namespace_id": 1},
            }
            for name in batch
        ]
        written = json.dumps({"access": access}, separators=(",", ":")).encode()
        assert len(base64.urlsafe_b64encode(written)) < 7200


def test_a_long_name_is_not_left_out() -> None:
    assert list(token_batches(["a" * 6000, "b"])) == [["a" * 6000], ["b"]]


def test_no_repositories_make_no_batch() -> None:
    assert list(token_batches([])) == []


def test_a_batch_is_yielded_before_the_rest_is_read() -> None:
    def names() -> Iterator[str]:
        yield from (f"app-{number}" for number in range(50))
        raise AssertionError("read too far")

    assert len(next(token_batches(names()))) > 1
