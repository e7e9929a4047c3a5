from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from harborguard.demo import habits
from harborguard.demo.cast import CAST
from harborguard.demo.content import Content
from harborguard.demo.habits import Habit
from registries.oci.reference import is_repository, is_tag

MONDAY = date(2024, 5, 6)
ALL = {role.name: role.habit for role in CAST}


def after(habit: Habit, days: int, seed: int = 1) -> Content:
    content, random = Content(), Random(seed)
    for number in range(days):
        for change in habit(content.builds(), random, MONDAY + timedelta(days=number)):
            content.apply(change)
    return content


@pytest.mark.parametrize("name", ALL)
def test_the_same_days_are_played_from_the_same_seed(name: str) -> None:
    assert after(ALL[name], 12).builds() == after(ALL[name], 12).builds()


@pytest.mark.parametrize("name", ALL)
def test_names_are_those_of_the_specification(name: str) -> None:
    for repository, tags in after(ALL[name], 40).builds().items():
        assert is_repository(repository)
        assert all(map(is_tag, tags))


@pytest.mark.parametrize("name", ALL)
def test_a_registry_does_not_grow_without_end(name: str) -> None:
    def most(days: int) -> int:
        return max(map(len, after(ALL[name], days).builds().values()))

    assert most(400) <= most(100) + 15


def test_latest_is_the_newest_version() -> None:
    tags = after(habits.releases(["team/app"], share=1), 20).tags("team/app")
    versions = sorted(
        (tuple(map(int, tag[1:].split("."))) for tag in tags if tag.startswith("v")),
    )

    assert tags["latest"] == "v{}.{}.{}".format(*versions[-1])


def test_a_clean_up_takes_half_of_what_was_built_at_night() -> None:
    content = after(habits.nightly(["team/app"]), 9)
    before = len(content.tags("team/app"))
    for change in habits.clean_up(content.builds()):
        content.apply(change)

    assert len(content.tags("team/app")) == before - (before - 1) // 2
