from __future__ import annotations

import gzip
import json

import pytest
from django.http import HttpRequest, StreamingHttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from harborguard import urls
from harborguard.access.models import Role
from tests.pages import signed_in

BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}


@pytest.mark.django_db
def test_a_page_is_compressed_for_a_browser() -> None:
    plain = signed_in(Role.VIEWER).get("/profile")
    answer = signed_in(Role.VIEWER).get("/profile", headers=BROWSER)

    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    assert "Content-Encoding" not in plain
    assert b"<!doctype html>" in gzip.decompress(answer.content)[:100].lower()
    assert len(answer.content) < len(plain.content) / 2


@pytest.mark.django_db
def test_the_api_is_compressed_for_whoever_takes_it() -> None:
    answer = signed_in(Role.VIEWER).get("/api/providers", headers=BROWSER)

    assert answer["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.content))


def test_how_long_a_page_is_does_not_tell_what_is_in_it() -> None:
    """Secrets could otherwise be guessed from the length, letter by letter."""
    lengths = {len(Client().get("/login", headers=BROWSER).content) for _ in range(20)}

    assert max(lengths) - min(lengths) > 20


def pieces(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(map(str, range(3)), headers={"Content-Encoding": "identity"})


urlpatterns = [path("healthz", pieces, name="healthz"), *urls.urlpatterns]


def test_what_comes_piece_by_piece_is_not_kept_back(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    answer = Client().get("/healthz", headers=BROWSER)

    assert answer.streaming
    assert list(answer) == [b"0", b"1", b"2"]
