from __future__ import annotations

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.openapi_document import DOCUMENT


def test_a_stranger_reads_the_document() -> None:
    answer = Client().get("/api/openapi.json")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.oai.openapi+json"
    assert answer.json() == DOCUMENT


def test_it_is_not_written_anew_for_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Client().get("/api/openapi.json").content
    monkeypatch.delattr(SchemaGenerator, "get_schema")

    assert Client().get("/api/openapi.json").content == first


def test_whoever_has_it_is_not_sent_it_again() -> None:
    first = Client().get("/api/openapi.json")
    again = Client().get("/api/openapi.json", headers={"If-None-Match": first["ETag"]})
    other = Client().get("/api/openapi.json", headers={"If-None-Match": '"another"'})

    assert first["Cache-Control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert (other.status_code, other["ETag"]) == (200, first["ETag"])
