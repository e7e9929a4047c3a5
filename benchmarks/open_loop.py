"""Requests that arrive on a schedule, as from people who do not know of each other.

What came late because the server was slow waits from the moment when it was due: a generator
that waits for one answer before it asks again would leave out the worst of what it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

# Kept open as by a proxy in front, and taken in turn, so that each web process has its share.
_CONNECTIONS = 16
# gunicorn closes what was idle for 2 s.
_IDLE_MOST = 1.5
_PATIENCE = 10.0


@dataclass(slots=True)
class Measured:
    latencies: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    received: int = 0

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Caller:
    """Keeps connections to one server and asks over whichever is free the longest."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._port = port
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._end = f" HTTP/1.1\r\n{lines}\r\n"
        self._idle: deque[_Connection] = deque()

    async def open(self) -> None:
        self._idle.extend([await self._connect() for _ in range(_CONNECTIONS)])

    async def get(self, path: str) -> int:
        """Return how long the body was. Raise OSError, or BadAnswer if it is not a 200."""
        connection = await self._free_connection()
        try:
            async with asyncio.timeout(_PATIENCE):
                length = await connection.get(f"GET {path}{self._end}".encode())
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return length

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    async def _free_connection(self) -> _Connection:
        while self._idle:
            connection = self._idle.popleft()
            if time.monotonic() - connection.used_at < _IDLE_MOST:
                return connection
            connection.close()
        return await self._connect()

    async def _connect(self) -> _Connection:
        return _Connection(*await asyncio.open_connection("127.0.0.1", self._port))


class BadAnswer(Exception):
    pass


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.used_at = time.monotonic()

    async def get(self, request: bytes) -> int:
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.split("\r\n")
        headers = {line.partition(":")[0].lower(): line.partition(":")[2] for line in lines}
        length = int(headers["content-length"])
        await self._reader.readexactly(length)
        self.used_at = time.monotonic()
        if status.split()[1] != "200":
            raise BadAnswer(status.partition(" ")[2])
        return length

    def close(self) -> None:
        self._writer.close()


async def load(caller: Caller, paths: Sequence[str], rate: int, seconds: int) -> Measured:
    """Ask for the paths round and round, ``rate`` times a second, whatever the answers take."""
    await caller.open()
    measured = Measured()
    cpu, started = time.process_time(), time.monotonic()
    async with asyncio.TaskGroup() as requests:
        for number, path in enumerate(islice(cycle(paths), rate * seconds)):
            due = started + number / rate
            if (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
            requests.create_task(_ask(caller, path, due, measured))
    measured.seconds = time.monotonic() - started
    measured.cpu_seconds = time.process_time() - cpu
    caller.close()
    return measured


async def _ask(caller: Caller, path: str, due: float, measured: Measured) -> None:
    try:
        length = await caller.get(path)
    except (OSError, EOFError, TimeoutError, BadAnswer) as error:
        measured.errors[str(error) or type(error).__name__] += 1
    else:
        measured.latencies.append(time.monotonic() - due)
        measured.received += length
