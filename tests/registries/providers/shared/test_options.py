from __future__ import annotations

from typing import Any

import pytest

from registries.providers.shared.options import (
    ConnectionOption,
    as_api_base,
    as_origin,
    as_path,
    normal_options,
)

NAMES = ConnectionOption("names", "Names", "Which ones", is_list=True)
PLACE = ConnectionOption("place", "Place", "Where", leads_credential=True, check=as_origin)
BASE = ConnectionOption("base", "Base", "Where its API is", check=as_api_base)
MODE = ConnectionOption("mode", "Mode", "How", choices=(("path", "By path"), ("host", "By host")))
NEEDED = ConnectionOption("project", "Project", "The one to read", is_required=True)


def test_options_are_stored_in_their_normal_form() -> None:
    given = {"names": [" a ", "b", "", "a"], "place": "API.example.com/", "mode": "host"}
    assert normal_options(given, (NAMES, PLACE, MODE)) == {
        "names": ["a", "b"],
        "place": "https://api.example.com",
        "mode": "host",
    }


@pytest.mark.parametrize("empty", [{}, {"names": []}, {"place": " "}, {"mode": None}])
def test_empty_options_are_omitted(empty: dict[str, Any]) -> None:
    assert normal_options(empty, (NAMES, PLACE, MODE)) == {}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"other": "x"}, "Unknown option 'other'; this product has: base, mode, names, place"),
        ({"names": "a"}, "names: must be a list of strings"),
        ({"names": [1]}, "names: must be a list of strings"),
        ({"names": ["a/../b"]}, "names: 'a/../b' is not a valid name"),
        ({"names": [".."]}, "names: '..' is not a valid name"),
        ({"names": ["x" * 300]}, "is not a valid name"),
        ({"names": ["a"] * 501}, "names: at most 500"),
        ({"base": f"https://a{'/a' * 2000}"}, "base: at most 2048 characters"),
        ({"place": ["https://a"]}, "place: must be a string"),
        ({"place": "https://api.example.com/path"}, "place: write it as https://host"),
        ({"place": "https://user:secret@api.example.com"}, "place: write it as https://host"),
        ({"mode": "port"}, "mode: 'port' is not one of: path, host"),
        (["names"], "Enter the options as names and values"),
    ],
)
def test_an_error_names_the_invalid_option(given: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        normal_options(given, (NAMES, PLACE, BASE, MODE))
    assert complaint in str(caught.value)


def test_a_missing_required_option_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"project: required by this product\. The one"):
        normal_options({}, (NEEDED,))


@pytest.mark.parametrize("path", ["group", "group/sub.group/team-a", "/group/"])
def test_a_path_of_names_is_accepted(path: str) -> None:
    assert as_path(path) == path.strip("/")


@pytest.mark.parametrize("path", ["", "a//b", "a/../b", "a/./b", "a?b", "a%2fb", "a\\b"])
def test_a_path_cannot_leave_its_base(path: str) -> None:
    with pytest.raises(ValueError, match="is not a valid name"):
        as_path(path)
