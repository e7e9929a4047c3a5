from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from registries.errors import ConnectionTimedOut
from registries.oci.login_check import LoginCheck


class Login:
    def __init__(self) -> None:
        self.now = 0.0
        self.checks = 0
        self.holds = True

    def check(self) -> None:
        self.checks += 1
        if not self.holds:
            raise ConnectionTimedOut("Connection timed out")


@pytest.fixture
def login() -> Login:
    return Login()


@pytest.fixture
def confirm(login: Login) -> LoginCheck:
    return LoginCheck(login.check, lambda: login.now)


def test_success_is_believed_for_a_minute(login: Login, confirm: LoginCheck) -> None:
    for now, checks in ((0, 1), (59, 1), (61, 2)):
        login.now = now
        confirm()
        assert login.checks == checks


def test_a_failure_is_shared_for_some_seconds(login: Login, confirm: LoginCheck) -> None:
    login.holds = False
    for now, checks in ((0, 1), (4, 1), (6, 2)):
        login.now = now
        with pytest.raises(ConnectionTimedOut):
            confirm()
        assert login.checks == checks
    login.holds, login.now = True, 12
    confirm()


def test_threads_that_wait_for_a_failure_do_not_try_again(login: Login) -> None:
    login.holds = False
    together = threading.Barrier(8, timeout=10)
    confirm = LoginCheck(login.check, lambda: login.now)

    def ask(_: int) -> bool:
        together.wait()
        with pytest.raises(ConnectionTimedOut):
            confirm()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    assert login.checks == 1
