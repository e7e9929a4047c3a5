from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from registries.errors import ChallengeInvalid
from registries.oci.challenge import Challenge, parse_challenges

BEARER = {"realm": "https://a/token", "service": "s", "scope": "repository:x/y:pull,push"}


@pytest.mark.parametrize(
    ("header", "challenges"),
    [
        ("Basic", [Challenge("basic")]),
        ('Basic realm="Registry"', [Challenge("basic", {"realm": "Registry"})]),
        (
            'Bearer realm="https://a/token",service="s",scope="repository:x/y:pull,push"',
            [Challenge("bearer", BEARER)],
        ),
        (
            'BEARER REALM="https://a/token" , Service = s ,,\tscope="repository:x/y:pull,push"',
            [Challenge("bearer", BEARER)],
        ),
        (
            'Basic realm=x, charset="UTF-8", Bearer realm="y"',
            [
                Challenge("basic", {"realm": "x", "charset": "UTF-8"}),
                Challenge("bearer", {"realm": "y"}),
            ],
        ),
        (
            'Negotiate, Negotiate YWJj+/==, Bearer realm="y"',
            [Challenge("negotiate"), Challenge("negotiate"), Challenge("bearer", {"realm": "y"})],
        ),
        (r'Basic realm="a \"b\", c\\"', [Challenge("basic", {"realm": 'a "b", c\\'})]),
        (', , Basic realm="", ', [Challenge("basic", {"realm": ""})]),
        ('Basic realm="\u00fc\u00e9"', [Challenge("basic", {"realm": "\u00fc\u00e9"})]),
    ],
)
def test_it_reads_every_challenge(header: str, challenges: list[Challenge]) -> None:
    assert list(parse_challenges(header)) == challenges


@pytest.mark.parametrize(
    "header",
    [
        "",
        " , ",
        'realm="https://a/token"',
        'Bearer realm="https://a/token',
        'Bearer realm="a" service="b"',
        'Bearer realm="a""b"',
        'Bearer realm="a", realm="b"',
        'Bearer realm="a", REALM="b"',
        "Bearer realm=https://a/token",
        '"Bearer" realm="a"',
        "B\u00e9arer",
        "Bearer \x00",
        "=",
    ],
)
def test_it_refuses_what_cannot_be_read(header: str) -> None:
    with pytest.raises(ChallengeInvalid):
        parse_challenges(header)


def test_it_refuses_a_header_that_is_too_long() -> None:
    parameters = ", ".join(f'p{number}="x"' for number in range(10_000))
    with pytest.raises(ChallengeInvalid, match="too long"):
        parse_challenges(f"Bearer {parameters}")


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=200))
def test_anything_is_read_or_refused(header: str) -> None:
    try:
        assert parse_challenges(header)
    except ChallengeInvalid:
        event("refused")


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_-]{0,10}", fullmatch=True),
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)),
        min_size=1,
    )
)
def test_quoted_values_survive(parameters: dict[str, str]) -> None:
    def quoted(value: str) -> str:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    header = "Bearer " + ",".join(f"{name}={quoted(value)}" for name, value in parameters.items())
    assert parse_challenges(header) == (Challenge("bearer", parameters),)
