"""Answers that come piece by piece, as the script of the pages reads them."""

from __future__ import annotations

import json
from typing import Any

PIECES = {"X-Piecemeal": "yes"}


def pieces_of(answer: Any) -> list[str]:
    return [json.loads(line) for line in answer.getvalue().decode().splitlines()]
