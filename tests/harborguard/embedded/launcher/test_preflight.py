from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from harborguard.embedded.launcher.preflight import CannotStart, hold, listen


def test_a_data_directory_is_held_until_the_descriptor_is_closed(tmp_path: Path) -> None:
    lock = hold(tmp_path / "var")
    with pytest.raises(CannotStart, match="Another"):
        hold(tmp_path / "var")

    os.close(lock)

    os.close(hold(tmp_path / "var"))


def test_a_data_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart, match=r"Cannot write to the data directory .*/file/var"):
        hold(tmp_path / "file" / "var")


def test_a_port_is_open_before_anybody_serves_it() -> None:
    with listen("127.0.0.1", 0) as listener:
        socket.create_connection(listener.getsockname(), timeout=5).close()


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(CannotStart, match="There is no port"):
        listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotStart, match=r"Cannot listen on 192\.0\.2\.1:0"):
        listen("192.0.2.1", 0)
