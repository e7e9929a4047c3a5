from __future__ import annotations

import pytest

from benchmarks.page_scenarios import page_scenarios
from benchmarks.seed_inventory import Size, seed
from harborguard.access.models import Role
from harborguard.access.permissions import ROUTES, VIEWER
from tests.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.needs_postgresql, pytest.mark.slow]

SIZE = Size(registries=20, repositories=300, images=3_000, runs=5)


def test_every_page_is_measured_and_responds() -> None:
    seed(SIZE)
    admin = signed_in(Role.ADMIN)

    answers = {
        path: admin.get(path).status_code
        for name, paths in page_scenarios().items()
        for path in paths[:2]
        if name != "login"
    }
    assert {path: status for path, status in answers.items() if status not in {200, 286}} == {}


def test_an_unmeasured_page_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    seed(SIZE)
    signed_in(Role.ADMIN)
    routes = {**ROUTES, "new-page": {"GET": VIEWER}}
    monkeypatch.setattr("benchmarks.page_scenarios.ROUTES", routes)

    with pytest.raises(SystemExit, match="new-page"):
        page_scenarios()
