"""The rules of the language that a test can check; CONTRIBUTING.md describes the voice."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docstrings import ROOT, docstrings, fragments, sources

PRODUCT = ("harborguard", "registries", "inventory", "sync")
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PYTHON = [path for path in sources() if "tests" not in path.relative_to(ROOT).parts]
DECISIONS = ROOT / "docs/decisions"

CITATION = re.compile(r"\b(?:decisions?|ADRs?)[ /](\d+)\b", re.IGNORECASE)
MARKUP = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->|<[^>]*>", re.DOTALL)
SHOWN_IN_TAGS = re.compile(r'(?:aria-label|title|placeholder|alt|summary)="([^"]*)"')
TRANSLATED = re.compile(r'{% (?:trans|translate|blocktranslate)[^%]*?"([^"]*)"')

BANNED = re.compile(
    r"(?<!\w)(?:"
    + "|".join(
        (
            # "Report", not "tell"; "is running", not "is on"; "is removed", not "goes".
            r"not told",
            r"(?:has|had|have|was|were) told",
            r"(?:tells?|told|telling) of",
            r"told by (?:the|a|an)",
            r"what (?:it|they) (?:tells?|told|says?)",
            r"heard",
            r"held against",
            r"is on:",
            r"(?:run|sync|dry run) \S+ is on",
            r"go(?:es)? away",
            r"gone from",
            r"say that it is gone",
            r"went at once",
            r"(?:never )?went well",
            r"how well it works",
            r"\d+ in part",
            r"one a line",
            r"by hand",
            r"sees? to (?:it|them|this|that)",
            # People.
            r"needs? a person",
            r"needs? you now",
            r"held for a person",
            r"asked for by",
            r"nobody is like",
            r"everybody's",
            r"whoever",
            r"you may not do",
            r"for scripts alone",
            # Syncs, retries and limits.
            r"tr(?:y|ies|ied) again by itself",
            r"no worker is at",
            r"left alone until",
            r"wants? to be (?:told|left)",
            r"points there since",
            r"rehears(?:al|e[sd]?)",
            r"read at once",
            r"plays a month",
            # Connections and credentials.
            r"refused or unreadable",
            r"renew (?:it|address)",
            r"known from the address",
            r"taken for a",
            r"what is typed",
            r"saved by it",
            r"proves? itself",
            r"set it up at",
            r"to take on",
            r"makes? a key",
            r"stays? silent",
            # Filters and empty pages.
            r"no \w+ fits",
            r"tak(?:e|es|ing) away",
            r"by this the log",
            # Words that nobody says.
            r"anew",
            r"by which",
            r"whereby|wherein|thereby|therein",
            r"an own",
            r"(?:those|that|secrets?|address) of before",
            r"is let in",
            # American spelling.
            r"organi[s]ations?",
            r"(?:authori|recogni|initiali|synchroni|normali|organi)s(?:es?|ed|ing)",
            r"colours?|behaviours?|neighbours?|favours?|honours?",
            r"cancell(?:ed|ing)",
            r"catalogues?",
            r"the seed(?:'s)?",
        )
    )
    + r")(?!\w)",
    re.IGNORECASE,
)


Texts = Callable[[], Iterator[tuple[str, str]]]


def without_markup(template: str) -> str:
    shown = [*SHOWN_IN_TAGS.findall(template), *TRANSLATED.findall(template)]
    return "\n".join([MARKUP.sub(" ", template), *shown])


def in_templates() -> Iterator[tuple[str, str]]:
    for path in TEMPLATES:
        yield str(path.relative_to(ROOT)), without_markup(path.read_text())


def in_product_strings() -> Iterator[tuple[str, str]]:
    """Yield the sentences in the code: messages, hints, labels and help of commands."""
    for path in PYTHON:
        if path.relative_to(ROOT).parts[0] not in PRODUCT or "migrations" in path.parts:
            continue
        documentation = {docstring.line for docstring in docstrings(path)}
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                if node.lineno not in documentation:
                    yield place, node.value if " " in node.value else ""


def in_documents() -> Iterator[tuple[str, str]]:
    for path in DOCUMENTS:
        yield str(path.relative_to(ROOT)), path.read_text()


def in_openapi_document() -> Iterator[tuple[str, str]]:
    from tests.openapi_document import DOCUMENT

    yield "the OpenAPI document", json.dumps(DOCUMENT, ensure_ascii=False)


def in_docstrings() -> Iterator[tuple[str, str]]:
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield str(path.relative_to(ROOT)), ast.get_docstring(node) or ""


@pytest.mark.parametrize(
    "texts",
    [in_templates, in_product_strings, in_documents, in_openapi_document, in_docstrings],
)
def test_no_text_has_a_phrase_that_nobody_would_say(texts: Texts) -> None:
    found = [
        f"{place}: {match[0]!r} in {text[max(0, match.start() - 40) : match.end() + 40]!r}"
        for place, raw in texts()
        for text in [" ".join(raw.split())]
        for match in BANNED.finditer(text)
    ]

    assert found == []


def test_no_docstring_starts_with_a_fragment() -> None:
    assert [str(docstring) for docstring in fragments()] == []


def test_a_cited_decision_exists() -> None:
    numbers = {path.name[:4] for path in DECISIONS.glob("[0-9]*.md")}
    texts = [*PYTHON, *TEMPLATES, *DOCUMENTS]

    assert numbers
    assert [
        f"{path.relative_to(ROOT)}: {citation[0]}"
        for path in texts
        for citation in CITATION.finditer(path.read_text())
        if citation[1] not in numbers
    ] == []


def test_the_seed_is_not_cited() -> None:
    seed = re.compile(r"\bthe seed\b", re.IGNORECASE)

    assert [
        str(path.relative_to(ROOT))
        for path in (*PYTHON, *TEMPLATES, *DOCUMENTS)
        if seed.search(path.read_text())
    ] == []


@pytest.mark.parametrize("path", sorted(DECISIONS.glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_a_decision_is_short(path: Path) -> None:
    assert len(path.read_text().split()) <= 450
