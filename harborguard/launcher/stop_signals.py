"""Ctrl-C, SIGTERM and the terminal's end are one thing to the launcher: KeyboardInterrupt."""

from __future__ import annotations

import signal
from types import FrameType

_BY_OTHERS = (signal.SIGTERM, signal.SIGHUP)


def interrupt_on_stop() -> None:
    signal.signal(signal.SIGINT, _interrupt)
    for number in _BY_OTHERS:
        # nohup has SIGHUP ignored, and means it.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def hear_only_a_second_ctrl_c() -> None:
    """While it stops. A signal to the whole group comes twice where make passes it on."""
    for number in _BY_OTHERS:
        signal.signal(number, signal.SIG_IGN)


def hear_nothing() -> None:
    hear_only_a_second_ctrl_c()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
