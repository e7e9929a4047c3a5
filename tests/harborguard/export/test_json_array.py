from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from harborguard.export.json_array import json_array


@pytest.mark.parametrize("count", [0, 1, 3])
def test_it_is_one_array_of_all_rows(count: int) -> None:
    rows = [{"id": number, "tag": "größe", "size": None} for number in range(count)]

    assert json.loads("".join(json_array(rows))) == rows


def test_one_that_breaks_is_never_closed() -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield {"id": 1}
        raise OSError

    pieces = json_array(rows())
    sent = next(pieces)
    with pytest.raises(OSError):  # noqa: PT011  it says nothing
        next(pieces)
    with pytest.raises(json.JSONDecodeError):
        json.loads(sent)
