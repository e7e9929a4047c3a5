from __future__ import annotations

from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from harborguard.api.serializers import Serializer


class Inner(Serializer):
    tag_name = serializers.CharField()


class Outer(Serializer):
    id = serializers.IntegerField(read_only=True)
    known_names = serializers.ListField(child=serializers.CharField(), required=False)
    first_tag = Inner(required=False)


def errors_of(data: Any) -> Any:
    with pytest.raises(ValidationError) as refusal:
        Outer(data=data).is_valid(raise_exception=True)
    return refusal.value.detail


def test_names_are_camel_case_outside_and_snake_case_inside() -> None:
    told = Outer(data={"knownNames": ["a"], "firstTag": {"tagName": "v1"}})

    told.is_valid(raise_exception=True)

    assert told.validated_data == {"known_names": ["a"], "first_tag": {"tag_name": "v1"}}
    row = {"id": 1, "known_names": [], "first_tag": {"tag_name": "v1"}}
    assert Outer(row).data == {"id": 1, "knownNames": [], "firstTag": {"tagName": "v1"}}


def test_a_name_as_it_is_inside_is_not_known_outside() -> None:
    assert errors_of({"known_names": []}) == {"known_names": ["Unknown field."]}


def test_an_unknown_field_is_refused_at_any_depth() -> None:
    assert errors_of({"firstTag": {"tagName": "v1", "colour": 1}}) == {
        "firstTag": {"colour": ["Unknown field."]}
    }


def test_a_field_that_is_only_shown_cannot_be_set() -> None:
    assert errors_of({"id": 2}) == {"id": ["This field is read-only."]}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert set(errors_of({"colour": 1, "knownNames": 5, "firstTag": {}})) == {
        "colour",
        "knownNames",
        "firstTag",
    }


def test_a_name_that_cannot_be_written_is_escaped_and_cut() -> None:
    assert list(errors_of({"\ud800\0": 1})) == [r"\ud800\x00"]
    assert list(errors_of({"x" * 5000: 1})) == ["x" * 100]


def test_of_very_many_unknown_fields_the_first_are_told_and_nothing_else() -> None:
    told = errors_of({**{f"colour{number}": 1 for number in range(100_000)}, "knownNames": 5})

    assert list(told) == [f"colour{number}" for number in range(20)]
