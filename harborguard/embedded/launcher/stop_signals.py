"""Turn Ctrl-C, SIGTERM and the end of the terminal into one KeyboardInterrupt.

Only one: a signal to the whole group arrives twice if make passes it on.
"""

from __future__ import annotations

import signal
from types import FrameType

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_on_stop() -> None:
    for number in _STOP_SIGNALS:
        # nohup ignores SIGHUP on purpose. A shell ignores SIGINT in background jobs, which says
        # nothing.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt_once)


def interrupt_on_ctrl_c() -> None:
    signal.signal(signal.SIGINT, _interrupt_once)


def _interrupt_once(number: int, frame: FrameType | None) -> None:
    for other in _STOP_SIGNALS:
        signal.signal(other, _disregard)
    raise KeyboardInterrupt


def _disregard(number: int, frame: FrameType | None) -> None:
    """Ignore the signal. SIG_IGN would make Python complain about a pending one."""
