import pytest

from registries.tag_filter import GlobFilter, Scope


@pytest.mark.parametrize(
    ("include", "exclude", "name", "allowed"),
    [
        ([], [], "anything", True),
        (["*"], [], "anything", True),
        (["v1.*"], [], "v1.2", True),
        (["v1.*"], [], "v10", False),
        (["v1.*", "latest"], [], "latest", True),
        (["*"], ["*-rc*"], "v1-rc2", False),
        (["v1"], ["v1"], "v1", False),
        (["V1"], [], "v1", False),
        (["v?"], [], "v12", False),
        (["v[0-9]"], [], "v7", True),
        (["team/*"], [], "team/deep/image", True),
        ([], ["*"], "anything", False),
        (["a.b"], [], "axb", False),
    ],
)
def test_globs_are_case_sensitive_and_exclude_wins(
    include: list[str], exclude: list[str], name: str, allowed: bool
) -> None:
    assert GlobFilter.of(include, exclude).allows(name) is allowed


def test_a_scope_without_filters_allows_everything() -> None:
    scope = Scope.of()
    assert scope.repositories.allows("team/app")
    assert scope.tags.allows("latest")
