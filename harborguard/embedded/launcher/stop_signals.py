"""Ctrl-C, SIGTERM and the terminal's end are one thing to the launcher: one KeyboardInterrupt.

One only: a signal to the whole group comes twice where make passes it on as well.
"""

from __future__ import annotations

import signal
from types import FrameType

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_on_stop() -> None:
    for number in _STOP_SIGNALS:
        # nohup has SIGHUP ignored, and means it; a script has SIGINT ignored in what it starts
        # in the background, and can mean anything.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt_once)


def interrupt_on_ctrl_c() -> None:
    signal.signal(signal.SIGINT, _interrupt_once)


def _interrupt_once(number: int, frame: FrameType | None) -> None:
    for other in _STOP_SIGNALS:
        signal.signal(other, _disregard)
    raise KeyboardInterrupt


def _disregard(number: int, frame: FrameType | None) -> None:
    """Not SIG_IGN: Python would complain of a signal that is pending already."""
