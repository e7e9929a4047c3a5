from __future__ import annotations

import pytest

from registries.oci.scope import to_read_only


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("repository:a/b:pull", {"repository:a/b:pull"}),
        ("repository:a:pull,push,delete", {"repository:a:pull"}),
        (
            "repository:host:5000/a:metadata_read,pull",
            {"repository:host:5000/a:metadata_read,pull"},
        ),
        ("registry:catalog:* repository:a:pull", {"registry:catalog:*", "repository:a:pull"}),
        ("repository:a:* repository:b:push", set()),
        ("pull :pull aws", set()),
        ("", set()),
    ],
)
def test_it_keeps_what_a_reader_needs(wanted: str, kept: set[str]) -> None:
    assert to_read_only(wanted) == kept
