from __future__ import annotations

import pytest

from inventory.search_terms import Terms, parse_terms, tag_prefixes

DIGEST = f"sha256:{'ab' * 32}"


@pytest.mark.parametrize("text", ["", "   ", "/", "https://"])
def test_an_empty_query_searches_for_nothing(text: str) -> None:
    assert not parse_terms(text)


def test_a_word_matches_names_and_prefixes_of_tags() -> None:
    assert parse_terms(" V1.2 ") == Terms(repository="v1.2", tag="V1.2", is_word=True)


def test_hex_digits_match_prefixes_of_digests_and_tags() -> None:
    assert parse_terms("AB12") == Terms("ab12", "AB12", "sha256:ab12", is_word=True)
    assert parse_terms("ab1").digest is None


def test_text_that_is_not_a_valid_tag_only_matches_names() -> None:
    assert not parse_terms("größe").can_match_images
    assert not parse_terms("app:größe").can_match_images
    assert parse_terms("grün").repository == "grün"


@pytest.mark.parametrize(
    "text",
    [
        "registry.example.com/team/app:v1",
        "docker pull registry.example.com/team/app:v1",
        "https://registry.example.com/team/app:v1",
        "docker://registry.example.com/Team/App:v1",
    ],
)
def test_a_pull_reference_is_split_into_its_parts(text: str) -> None:
    assert parse_terms(text) == Terms("team/app", "v1", host="registry.example.com")


def test_a_port_belongs_to_the_host() -> None:
    assert parse_terms("localhost:5000/app") == Terms("app", host="localhost:5000")
    assert parse_terms("team/app") == Terms("team/app")
    assert parse_terms("team/app:") == Terms("team/app", "")
    assert parse_terms(":v1") == Terms(tag="v1")


def test_the_digest_of_a_reference_takes_precedence_over_its_tag() -> None:
    assert parse_terms(f"team/app:v1@{DIGEST}") == Terms("team/app", digest=DIGEST)
    assert parse_terms(DIGEST.upper()) == Terms(digest=DIGEST)


@pytest.mark.parametrize("text", ["sha256:", "sha256:a", "app@sha256:", "app@nonsense"])
def test_a_digest_prefix_that_is_too_short_is_reported(text: str) -> None:
    assert parse_terms(text).is_too_short
    assert not parse_terms(text).can_match_images


@pytest.mark.parametrize(
    ("prefix", "kind", "prefixes"),
    [
        ("v1", "", ["v1"]),
        ("v1", "image", ["v1"]),
        ("v1", "signature", []),
        ("", "sbom", ["sha256-", "sha512-"]),
        ("sha25", "sbom", ["sha256-"]),
        ("sha256-ab", "sbom", ["sha256-ab"]),
    ],
)
def test_only_tags_named_after_digests_are_of_another_kind(
    prefix: str, kind: str, prefixes: list[str]
) -> None:
    assert tag_prefixes(prefix, kind) == prefixes
