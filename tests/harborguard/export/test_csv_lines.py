from __future__ import annotations

import csv
import io

import pytest

from harborguard.export.csv_lines import csv_lines


def read(*values: object) -> list[str]:
    text = "".join(csv_lines(["value"], [{"value": value, "other": 1} for value in values]))
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == ["value"]
    return ["".join(row) for row in rows]


def test_what_is_written_is_what_a_reader_reads() -> None:
    texts = ["plain", "comma, and “quotes”", '"quoted"', "two\nlines", "größe", ""]

    assert read(*texts) == texts
    assert read(None, 42, -1, ["linux/amd64", "linux/arm64"]) == [
        "",
        "42",
        "-1",
        "linux/amd64 linux/arm64",
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "=HYPERLINK()"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert read(text, [text]) == [f"'{text}", f"'{text}"]


def test_a_list_without_rows_has_its_columns() -> None:
    assert "".join(csv_lines(["a", "b"], [])) == "a,b\r\n"
